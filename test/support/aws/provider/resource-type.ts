import type { PropertyMap, PropertyValue } from "../../rpc/property-value";
import type { CheckFailure } from "../../rpc/provider";
import type { AccountData } from "../account-data";
import type { AccountStore } from "../account-store";
import type { Machines } from "../machines";

/** One input of a resource, as the official provider's schema has it. */
export interface Field {
  /** `set` is a list of texts whose order means nothing; `objects` is such a list of objects. */
  readonly type: "string" | "boolean" | "number" | "strings" | "set" | "tags" | "object" | "objects";
  readonly required?: boolean;
  /** A change forces a replacement. */
  readonly replaces?: boolean;
  /** AWS chooses a value if none is given: leaving it out later is no change. */
  readonly computed?: boolean;
  readonly default?: PropertyValue;
  /** Made from the resource's name if none is given. */
  readonly autoname?: boolean;
  /** Of an object, or of each object of a list. */
  readonly fields?: Fields;
}

/** Inputs by name. */
export type Fields = Readonly<Record<string, Field>>;

/** What an operation on the account may use. */
export interface Context {
  readonly store: AccountStore;
  readonly machines: Machines;
  /** Region of the resource. */
  readonly region: string;
  readonly signal: AbortSignal;
}

/** One kind of resource. Properties come without Secret wrappers; except in `check`, nothing in them is unknown. */
export interface ResourceType {
  /** As error messages name it, e.g. `EC2 Subnet`. */
  readonly title: string;
  /** The call that reads it, e.g. `DescribeSubnets`. */
  readonly describes: string;
  readonly fields: Fields;
  /** Outputs that are no inputs, without `tagsAll`. */
  readonly outputs: readonly string[];
  /** What is wrong with inputs that have the right types; what is unknown in a preview is left out of them. */
  check?(inputs: PropertyMap): CheckFailure[];
  /** Whether a change forces a replacement that the field alone does not. */
  replaces?(field: string, olds: PropertyMap, news: PropertyMap): boolean;
  /**
   * Makes it.
   * @returns the new id
   */
  create(context: Context, inputs: PropertyMap): Promise<string>;
  /** Waits until a new one is ready. Where that fails the resource stays in Pulumi's state. */
  settle?(context: Context, id: string, inputs: PropertyMap): Promise<void>;
  /** Brings the account's record up to what really runs, before it is described. */
  observe?(context: Context, id: string): Promise<void>;
  /**
   * The real state as outputs; undefined if it is gone.
   * @param region if it is: some ids are names, unique in a region only
   */
  describe(data: AccountData, id: string, region: string): PropertyMap | undefined;
  /** Changes in place. Not there: everything forces a replacement. */
  update?(context: Context, id: string, olds: PropertyMap, news: PropertyMap): Promise<void>;
  /** Removes it; success if it is gone already. */
  delete(context: Context, id: string, state: PropertyMap): Promise<void>;
}

const tags: Field = { type: "tags" };

/** The fields of a resource that has tags. */
export function withTags(fields: Fields): Fields {
  return { ...fields, tags };
}
