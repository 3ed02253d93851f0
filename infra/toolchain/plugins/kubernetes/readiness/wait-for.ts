import { isPropertyList, isPropertyMap, type PropertyValue } from "../../rpc/property-value";
import type { Manifest } from "../manifest";
import { conditionOf } from "./condition";
import { ready, waiting, type Readiness, type ReadinessRule } from "./readiness";

type Requirement = (live: Manifest) => boolean;

/**
 * Reads the annotation `pulumi.com/waitFor`: `condition=TYPE[=STATUS]`, `jsonpath={.path.to.field}[=VALUE]`, or a JSON
 * list of these, all of which must hold. A JSON path is field names and list indexes, without filters.
 * @throws Error where it is neither
 */
export function parseWaitFor(annotation: string): ReadinessRule {
  const expressions = expressionsOf(annotation);
  const requirements = expressions.map(parseExpression);
  return {
    assess: ({ live }): Readiness => {
      const missing = expressions.filter((_, index) => requirements[index]?.(live) !== true);
      return missing.length === 0 ? ready : waiting(`Waiting for ${missing.join(", ")}`);
    },
  };
}

function expressionsOf(annotation: string): string[] {
  const parsed = annotation.startsWith("[") ? (JSON.parse(annotation) as unknown) : [annotation];
  if (!Array.isArray(parsed) || parsed.length === 0 || !parsed.every((item) => typeof item === "string")) {
    throw new Error(`pulumi.com/waitFor: expected one expression or a JSON list of them, given ${annotation}`);
  }
  return parsed;
}

function parseExpression(expression: string): Requirement {
  const condition = /^condition=([^=]+)(?:=(.+))?$/.exec(expression);
  if (condition?.[1] !== undefined) {
    const type = condition[1];
    const status = condition[2] ?? "True";
    return (live) => conditionOf(live, type)?.status.toLowerCase() === status.toLowerCase();
  }
  const path = /^jsonpath=\{((?:\.[\w-]+|\[\d+\])+)\}(?:=(.*))?$/.exec(expression);
  if (path?.[1] !== undefined) {
    const steps = path[1].match(/[\w-]+/g) ?? [];
    const wanted = path[2];
    return (live) => {
      const value = valueAt(live, steps);
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return value !== undefined && (wanted === undefined || text === wanted);
    };
  }
  throw new Error(
    `pulumi.com/waitFor: expected condition=TYPE[=STATUS] or jsonpath={.field.field}[=VALUE], given ${expression}`,
  );
}

function valueAt(live: Manifest, steps: readonly string[]): PropertyValue | undefined {
  return steps.reduce<PropertyValue | undefined>((value, step) => {
    if (isPropertyList(value)) {
      return value[Number(step)];
    }
    return isPropertyMap(value) ? value[step] : undefined;
  }, live);
}
