import { readMade } from "../../infra/core/made";
import { resourceName, type StepMetadata } from "./engine-events";
import { stateResources, type StateResource } from "./checkpoint";
import type { Session } from "./session";

/** Operations that remove what is there. */
const REMOVALS = ["delete", "replace", "delete-replaced"];

/** Whether a step removes something. */
export function removes({ op }: Pick<StepMetadata, "op">): boolean {
  return REMOVALS.includes(op);
}

/**
 * Names what of a student's work goes with a resource, for people: `container istio-lab-dev-forum-vm`, `instance vm-k3s-s-instance`,
 * `namespace forum-services`.
 * @returns undefined if a student has nothing there
 */
export function workIn({ type, urn, inputs }: Pick<StateResource, "type" | "urn" | "inputs">): string | undefined {
  switch (type) {
    case "aws:ec2/instance:Instance":
      return `instance ${resourceName(urn)}`;
    case "kubernetes:core/v1:Namespace": {
      const { name } = (inputs?.["metadata"] ?? {}) as { readonly name?: unknown };
      return `namespace ${typeof name === "string" ? name : resourceName(urn)}`;
    }
    default: {
      const made = readMade(inputs?.["environment"] as Readonly<Record<string, unknown>> | undefined);
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
 * What the removals of an update take with them, for people. A namespace is not named beside its cluster: the provider that makes it is removed, too.
 * @param steps of a preview
 */
export function lossesOf(steps: readonly StepMetadata[]): readonly string[] {
  const removals = steps.filter(removes);
  const urns = new Set(removals.map(({ urn }) => urn));
  const losses = removals.flatMap(({ urn, type, old }) => {
    const provider = old?.provider?.slice(0, old.provider.lastIndexOf("::")) ?? "";
    const work = workIn({ urn, type, inputs: old?.inputs ?? {} });
    return work === undefined || urns.has(provider) ? [] : [work];
  });
  return [...new Set(losses)].sort();
}
