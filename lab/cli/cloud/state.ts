import { stateResources, type StateResource } from "../checkpoint";
import { NOTES_REGION } from "../../../infra/core/aws-places";
import type { Session } from "../session";
import { configured } from "../stack-project";

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

/** The AWS region of the stack, also of one that is not in the state any more; undefined where it stands on this machine. */
export function regionOf(session: Session): string | undefined {
  return stateRegion(session) ?? configuredRegion(session);
}

function configuredRegion({ stack }: Session): string | undefined {
  return configured(stack, "platform") === "aws" ? (configured(stack, "region") ?? NOTES_REGION) : undefined;
}

function stateRegion(session: Session): string | undefined {
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
