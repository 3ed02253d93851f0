import { stateResources, type StateResource } from "../checkpoint";
import type { Session } from "../session";

/** Pulumi's type of what keeps an instance running or stopped. */
const POWER_TYPE = "aws:ec2transitgateway/instanceState:InstanceState";

const INSTANCE_TYPE = "aws:ec2/instance:Instance";

/** The stack's AWS resources, as Pulumi's state has them. */
export function cloudResources(session: Session): readonly StateResource[] {
  return (stateResources(session) ?? []).filter(({ type }) => type.startsWith("aws:"));
}

/** The resources that keep the instances running or stopped. */
export function powerResources(session: Session): readonly StateResource[] {
  return cloudResources(session).filter(({ type }) => type === POWER_TYPE);
}

/** The AWS region of the stack; undefined where it has nothing there. */
export function regionOf(session: Session): string | undefined {
  const provider = (stateResources(session) ?? []).find(({ type }) => type === "pulumi:providers:aws");
  const region = provider?.outputs?.["region"] ?? provider?.inputs?.["region"];
  return typeof region === "string" ? region : undefined;
}

/** Instances stand that somebody, or their time to live, has stopped or removed. */
export function isPartlyDown(session: Session): boolean {
  const powers = powerResources(session);
  const instances = cloudResources(session).filter(({ type }) => type === INSTANCE_TYPE);
  return powers.some(({ outputs }) => outputs?.["state"] !== "running") || instances.length < powers.length;
}
