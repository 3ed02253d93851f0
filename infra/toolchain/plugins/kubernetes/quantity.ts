import { isPropertyList, isPropertyMap, type PropertyValue } from "../rpc/property-value";

// Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

// Objects whose values are quantities, and fields that are one.
const quantityMaps: ReadonlySet<string> = new Set([
  "limits",
  "requests",
  "hard",
  "capacity",
  "allocatable",
  "overhead",
  "podFixed",
  "min",
  "max",
  "default",
  "defaultRequest",
  "maxLimitRequestRatio",
]);
const quantityFields: ReadonlySet<string> = new Set(["sizeLimit", "divisor", "averageValue"]);

/** Whether a path leads to an amount such as `100m` or `1Gi`. */
export function isQuantityPath(path: readonly (string | number)[]): boolean {
  const last = path.at(-1);
  const parent = path.at(-2);
  return (
    (typeof last === "string" && quantityFields.has(last)) || (typeof parent === "string" && quantityMaps.has(parent))
  );
}

/** The amount that a quantity says; undefined where it is none. */
export function quantityAmount(value: PropertyValue): number | undefined {
  if (typeof value === "number") {
    return value;
  }
  const match =
    typeof value === "string" ? /^([+-]?[0-9.]+(?:[eE][+-]?\d+)?)([numkMGTPE]|[KMGTPE]i)?$/.exec(value) : null;
  const factor = factors[match?.[2] ?? ""];
  const digits = Number(match?.[1] ?? Number.NaN);
  return factor === undefined || Number.isNaN(digits) ? undefined : digits * factor;
}

/** Whether two quantities are the same amount, e.g. `1000m` and `1`, within rounding. */
export function sameQuantity(left: PropertyValue, right: PropertyValue): boolean {
  const a = quantityAmount(left);
  const b = quantityAmount(right);
  return a !== undefined && b !== undefined && Math.abs(a - b) <= Math.abs(a) * 1e-12;
}

/** Whether a built-in kind would leave the value out when it says the object again: "", 0, false, and empty objects or lists. */
export function isZero(value: PropertyValue): boolean {
  if (isPropertyList(value)) {
    return value.length === 0;
  }
  if (isPropertyMap(value)) {
    return Object.values(value).every(isZero);
  }
  return value === null || value === "" || value === 0 || value === false;
}
