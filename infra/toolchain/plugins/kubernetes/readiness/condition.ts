import { objectsOf, textOf, type Manifest } from "../manifest";

/** One of an object's `status.conditions`. */
export interface Condition {
  /** `True`, `False` or `Unknown`. */
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** The object's condition of that type; undefined where it has none. */
export function conditionOf(live: Manifest, type: string): Condition | undefined {
  const condition = objectsOf(live, "status", "conditions").find((candidate) => textOf(candidate, "type") === type);
  return condition === undefined
    ? undefined
    : {
        status: textOf(condition, "status"),
        reason: textOf(condition, "reason"),
        message: textOf(condition, "message"),
      };
}

/** Whether the condition is there and says True. */
export function isTrue(condition: Condition | undefined): boolean {
  return condition?.status === "True";
}

/** `[Reason] message`, as far as the condition says them. */
export function describeCondition({ reason, message }: Condition): string {
  return [reason === "" ? "" : `[${reason}]`, message].filter((part) => part !== "").join(" ");
}
