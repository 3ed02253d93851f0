/**
 * A resource's property as the engine sends it: JSON, plus the wrappers that give a value a meaning beyond JSON.
 * Source of the wire form: https://pulumi-developer-docs.readthedocs.io/latest/docs/architecture/types.html
 */
export type PropertyValue =
  | null
  | boolean
  | number
  | string
  | readonly PropertyValue[]
  | PropertyMap
  | Secret
  | Unknown
  | Asset
  | Archive
  | ResourceReference
  | OutputValue;

/** A plain object of properties: a resource's inputs, its state, or an object within them. */
export interface PropertyMap {
  readonly [name: string]: PropertyValue;
}

/** A value that is encrypted in the stack's state and never shown. */
export class Secret {
  /** @param value what is secret; may itself be unknown */
  constructor(readonly value: PropertyValue) {}
}

/** The text that stands for a value that a preview does not know yet. */
export const unknownSentinel = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A value that a preview does not know yet. */
export class Unknown {
  /** @param sentinel the text on the wire; Pulumi has one a type, all of them decode to Unknown. Default: any type's. */
  constructor(readonly sentinel: string = unknownSentinel) {}
}

/** One file: exactly one of `text`, `path`, `uri`; none of them where only its hash is known any more. */
export class Asset {
  readonly hash: string;
  readonly text: string | undefined;
  readonly path: string | undefined;
  readonly uri: string | undefined;

  /** @param fields `hash` is a hexadecimal SHA-256 of the contents, "" where nobody has computed it yet */
  constructor(fields: {
    readonly hash?: string | undefined;
    readonly text?: string | undefined;
    readonly path?: string | undefined;
    readonly uri?: string | undefined;
  }) {
    this.hash = fields.hash ?? "";
    this.text = fields.text;
    this.path = fields.path;
    this.uri = fields.uri;
  }
}

/** Several files: a folder or archive file at `path`, one at `uri`, or `assets` by name. */
export class Archive {
  readonly hash: string;
  readonly assets: PropertyMap | undefined;
  readonly path: string | undefined;
  readonly uri: string | undefined;

  /** @param fields `hash` is a hexadecimal SHA-256 of the contents, "" where nobody has computed it yet */
  constructor(fields: {
    readonly hash?: string | undefined;
    readonly assets?: PropertyMap | undefined;
    readonly path?: string | undefined;
    readonly uri?: string | undefined;
  }) {
    this.hash = fields.hash ?? "";
    this.assets = fields.assets;
    this.path = fields.path;
    this.uri = fields.uri;
  }
}

/** Another resource of the stack, passed as a value. */
export class ResourceReference {
  /**
   * @param urn the other resource's URN
   * @param id its id; undefined for a component, Unknown in a preview
   * @param packageVersion version of the package that defines it, "" where unsaid
   */
  constructor(
    readonly urn: string,
    readonly id?: string | Unknown,
    readonly packageVersion = "",
  ) {}
}

/** A value with what it depends on, sent only to providers that say `acceptOutputs`. */
export class OutputValue {
  /**
   * @param value undefined where it is not known yet
   * @param secret whether it is secret
   * @param dependencies URNs of the resources that it comes from
   */
  constructor(
    readonly value: PropertyValue | undefined,
    readonly secret: boolean,
    readonly dependencies: readonly string[] = [],
  ) {}
}

const wrappers = [Secret, Unknown, Asset, Archive, ResourceReference, OutputValue] as const;

/** Whether a value is a plain object: neither null, nor a list, nor one of the wrappers. */
export function isPropertyMap(value: PropertyValue | undefined): value is PropertyMap {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !wrappers.some((wrapper) => value instanceof wrapper)
  );
}

/** Whether a value is a list. `Array.isArray` loses the element type of a readonly list. */
export function isPropertyList(value: PropertyValue | undefined): value is readonly PropertyValue[] {
  return Array.isArray(value);
}
