import { knownResources, type StateResource } from "../pulumi/checkpoint";
import { stackTags } from "../../../infra/core/aws-inventory";
import { isRented, platformNamed } from "../../program/platforms/platforms";
import type { Session } from "../pulumi/session";
import { configured } from "../stack/stack-project";

/** Pulumi's type of what keeps an instance running or stopped. */
const POWER_TYPE = "aws:ec2transitgateway/instanceState:InstanceState";

const INSTANCE_TYPE = "aws:ec2/instance:Instance";

/** The stack's AWS resources, as Pulumi's state has them. */
export function cloudResources(session: Session): readonly StateResource[] {
  return knownResources(session).filter(({ type }) => isRented(type));
}

/** The resources that keep the instances running or stopped. */
export function powerResources(session: Session): readonly StateResource[] {
  return cloudResources(session).filter(({ type }) => type === POWER_TYPE);
}

/** Where AWS has the resources of a stack, and how it knows them. */
export interface CloudPlace {
  readonly region: string;
  /** Tags that these resources have, and no others. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Where the stack's resources are. The tags are those with which they were made, if the state knows one: this machine may have another name today.
 * @param further resources that the state does not know yet, by their inputs
 * @returns undefined for a stack on this machine
 */
export function placeOf(
  session: Session,
  further: readonly Pick<StateResource, "inputs">[] = [],
): CloudPlace | undefined {
  const region = regionOf(session);
  const wanted = stackTags(session.owner);
  const made = [...further, ...cloudResources(session)].map(({ inputs }) => inputs?.["tags"]);
  const tags = made.find((each): each is Record<string, string> => isTagged(each, Object.keys(wanted)));
  const known = tags && Object.fromEntries(Object.keys(wanted).map((key) => [key, tags[key] ?? ""]));
  return region === undefined ? undefined : { region, tags: known ?? wanted };
}

function isTagged(tags: unknown, keys: readonly string[]): boolean {
  return typeof tags === "object" && tags !== null && keys.every((key) => key in tags);
}

/** The AWS region of the stack, also of one that is not in the state any more; undefined if it is on this machine. */
export function regionOf(session: Session): string | undefined {
  return stateRegion(session) ?? configuredRegion(session);
}

function configuredRegion(session: Session): string | undefined {
  const { stack } = session;
  try {
    const { region } = platformNamed(configured(stack, "platform"));
    return region === undefined ? undefined : (configured(stack, "region") ?? region);
  } catch (error) {
    // If the settings cannot be read, the state tells: it has AWS's provider before anything is made there.
    if (knownResources(session).length > 0) {
      return undefined;
    }
    throw error;
  }
}

function stateRegion(session: Session): string | undefined {
  const provider = knownResources(session).find(({ type }) => type === "pulumi:providers:aws");
  const region = provider?.outputs?.["region"] ?? provider?.inputs?.["region"];
  return typeof region === "string" ? region : undefined;
}

/** Instances stand that somebody, or their time to live, has stopped or removed. */
export function isPartlyDown(session: Session): boolean {
  const powers = powerResources(session);
  const instances = cloudResources(session).filter(({ type }) => type === INSTANCE_TYPE);
  return powers.some(({ outputs }) => outputs?.["state"] !== "running") || instances.length < powers.length;
}
