import { randomBytes } from "node:crypto";
import type { EngineLog } from "../rpc/engine-log";
import type { PropertyMap } from "../rpc/property-value";
import type { CheckFailure } from "../rpc/provider";
import type { ObjectType } from "./fields";

/** What an operation may use besides its properties. */
export interface Operation {
  readonly log: EngineLog;
  readonly urn: string;
  readonly signal: AbortSignal;
}

/** One kind of resource of this provider. Properties come without Secret wrappers, and nothing in them is unknown. */
export interface CommandResource {
  readonly inputs: ObjectType;
  /** Outputs that are no inputs. */
  readonly computed: readonly string[];
  /** The resource's name is in its id. */
  readonly namedId: boolean;
  /** What is wrong with inputs that have the right types. */
  check?(inputs: PropertyMap): CheckFailure[];
  /** @returns the outputs that are no inputs */
  create(inputs: PropertyMap, operation: Operation): Promise<PropertyMap>;
  /** @returns the outputs that are no inputs */
  update(state: PropertyMap, inputs: PropertyMap, operation: Operation): Promise<PropertyMap>;
  delete(state: PropertyMap, operation: Operation): Promise<void>;
}

/** An id that no other resource has: a name and eight hexadecimal digits. */
export function uniqueId(name: string): string {
  return name + randomBytes(4).toString("hex");
}

/** Shows a line of a command's output under its resource while the command runs. */
export function showLine(operation: Operation): (line: string) => void {
  return (text) => operation.log.log({ severity: "info", text, urn: operation.urn, status: true });
}

/** A property that holds text; undefined where it is missing. Types were checked before. */
export function textIn(properties: PropertyMap, name: string): string | undefined {
  const value = properties[name];
  return typeof value === "string" ? value : undefined;
}
