import { describeObject } from "../../../infra/core/made";
import type { ExpectedObject } from "./expected";
import type { FoundObject } from "./found-object";
import { isStanding, keyOf } from "./objects";

/** How a namespace says why it is still there. */
const REASONS: readonly string[] = ["NamespaceFinalizersRemaining", "NamespaceContentRemaining"];

/**
 * Tells which objects of the lab are being deleted and have not gone yet: nothing can be recreated in their place until then.
 * @param found what is in the cluster, by its keys, also what is being deleted
 * @returns each with the cluster's reason, e.g. `Namespace a is still being deleted: Some content in the namespace has finalizers remaining: …`
 */
export function deletionsOf(
  made: readonly Pick<ExpectedObject, "object">[],
  found: ReadonlyMap<string, FoundObject>,
): readonly string[] {
  return made.flatMap(({ object }) => {
    const one = found.get(keyOf(object));
    return one === undefined || isStanding(one)
      ? []
      : [`${describeObject(object)} is still being deleted${reasonOf(one)}`];
  });
}

function reasonOf({ metadata: { finalizers = [] }, status }: FoundObject): string {
  const condition = status?.conditions?.find(({ type, status: is }) => REASONS.includes(type) && is === "True");
  if (condition?.message !== undefined) {
    return `: ${condition.message}`;
  }
  return finalizers.length === 0 ? "" : `: it waits for ${finalizers.join(", ")}`;
}
