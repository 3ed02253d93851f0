import { readMade } from "../../../infra/core/made";
import { resourceName, type StepMetadata } from "../pulumi/engine-events";
import { stateResources, type StateResource } from "../pulumi/checkpoint";
import { environmentOf } from "../pulumi/checkpoint-shape";
import type { Session } from "../pulumi/session";

const NAMESPACE = "kubernetes:core/v1:Namespace";

/** How Pulumi writes a value that it does not know yet. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Operations that remove what is there. */
export const REMOVALS: readonly string[] = ["delete", "replace", "delete-replaced"];

/**
 * Names what of a student's work goes with a resource, for people: `container istio-lab-dev-forum-vm`, `instance vm-k3s-s-instance`,
 * `namespace forum-services`.
 * @returns undefined if a student has nothing there
 */
export function workIn({ type, urn, inputs }: Pick<StateResource, "type" | "urn" | "inputs">): string | undefined {
  switch (type) {
    case "aws:ec2/instance:Instance":
      return `instance ${resourceName(urn)}`;
    case NAMESPACE: {
      const { name } = (inputs?.["metadata"] ?? {}) as { readonly name?: unknown };
      return `namespace ${typeof name === "string" ? name : resourceName(urn)}`;
    }
    default: {
      const made = readMade(environmentOf(inputs));
      return made?.kind === "container" ? `container ${made.name}` : undefined;
    }
  }
}

/**
 * What of a stack holds a student's work.
 * @returns undefined if the state is in a backend of the user's, which tells nothing quickly
 */
export function resourcesWithWork(session: Session): readonly StateResource[] | undefined {
  return stateResources(session)?.filter((resource) => workIn(resource) !== undefined);
}

/**
 * What the removals of an update take with them, for people. A namespace that is recreated is not named beside the cluster that is. A preview does not
 * know what an earlier step will print, and then takes a step for replaced that may be updated only: `perhaps container …`.
 * @param steps of a preview
 */
export function lossesOf(steps: readonly StepMetadata[]): readonly string[] {
  const lost = steps.flatMap((step) => {
    const work = REMOVALS.includes(step.op) ? workIn({ ...step, inputs: step.old?.inputs ?? {} }) : undefined;
    return work === undefined ? [] : [{ step, work }];
  });
  const uncertain = new Set(steps.filter(hangsOnUnknown).map(({ urn }) => urn));
  // The provider of a cluster goes with it, and so do the namespaces in it.
  const providers = new Set(steps.filter(({ op }) => REMOVALS.includes(op)).map(({ urn }) => urn));
  const goesAlong = ({ old }: StepMetadata) => providers.has(old?.provider?.split("::").slice(0, -1).join("::") ?? "");
  const takesMachine = lost.some(({ step }) => step.type !== NAMESPACE);
  const named = lost.filter(
    ({ step }) => !takesMachine || step.type !== NAMESPACE || (step.op === "delete" && !goesAlong(step)),
  );
  const certain = new Set(
    named.filter(({ step: { op, urn } }) => op === "delete" || !uncertain.has(urn)).map(({ work }) => work),
  );
  const possible = named.filter(({ work }) => !certain.has(work)).map(({ work }) => `perhaps ${work}`);
  return [...new Set([...certain, ...possible])].sort();
}

/**
 * Names the containers and networks of this machine's engine that an update removes, or may remove.
 * @param steps of a preview
 */
export function removedThings(
  steps: readonly StepMetadata[],
): Readonly<Record<"containers" | "networks", readonly string[]>> {
  const made = steps.filter(({ op }) => REMOVALS.includes(op)).map(({ old }) => readMade(environmentOf(old?.inputs)));
  const of = (wanted: "container" | "network") => [
    ...new Set(made.flatMap((one) => (one?.kind === wanted ? [one.name] : []))),
  ];
  return { containers: of("container"), networks: of("network") };
}

/** Of the three steps of a replacement only two show the new inputs. */
function hangsOnUnknown({ new: next }: StepMetadata): boolean {
  return JSON.stringify(next?.inputs ?? {}).includes(UNKNOWN);
}
