import { isPropertyList, isPropertyMap, type PropertyMap, type PropertyValue } from "../rpc/property-value";
import { sameValue } from "../rpc/property-tree";
import type { DiffResult, PropertyChange } from "../rpc/provider";

type Kind = "add" | "delete" | "update";

/**
 * Compares checked inputs as the official provider does: old inputs with new inputs, `triggers` replace, everything else
 * updates. Secrets compare by what they hold, and as a whole; what is unknown counts as changed.
 * @param ignoreChanges names of properties that keep their old value
 */
export function diffInputs(
  oldInputs: PropertyMap,
  newInputs: PropertyMap,
  ignoreChanges: readonly string[] = [],
): DiffResult {
  const news = { ...newInputs, ...pick(oldInputs, ignoreChanges) };
  const detailedDiff: Record<string, PropertyChange> = {};
  for (const [path, kind] of objectChanges(oldInputs, news, "")) {
    const replaces = path === "triggers" || path.startsWith("triggers[");
    detailedDiff[path] = { kind: replaces ? `${kind}-replace` : kind, inputDiff: false };
  }
  const paths = Object.keys(detailedDiff);
  return {
    changes: paths.length > 0,
    diffs: paths,
    replaces: paths.filter((path) => detailedDiff[path]?.kind.endsWith("-replace")),
    detailedDiff,
  };
}

function pick(properties: PropertyMap, names: readonly string[]): PropertyMap {
  const wanted = Object.entries(properties).filter(([name]) => names.includes(name));
  return Object.fromEntries(wanted);
}

function* objectChanges(olds: PropertyMap, news: PropertyMap, path: string): Generator<readonly [string, Kind]> {
  for (const name of new Set([...Object.keys(olds), ...Object.keys(news)])) {
    yield* valueChanges(olds[name], news[name], path + segment(name, path === ""));
  }
}

function* valueChanges(
  old: PropertyValue | undefined,
  now: PropertyValue | undefined,
  path: string,
): Generator<readonly [string, Kind]> {
  const [before, after] = [given(old), given(now)];
  if (isPropertyMap(before) && isPropertyMap(after)) {
    yield* objectChanges(before, after, path);
  } else if (isPropertyList(before) && isPropertyList(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index++) {
      yield* valueChanges(before[index], after[index], `${path}[${String(index)}]`);
    }
  } else if (!sameValue(before, after)) {
    yield [path, kindOf(before, after)];
  }
}

function kindOf(before: PropertyValue | undefined, after: PropertyValue | undefined): Kind {
  if (before === undefined || before === null) {
    return "add";
  }
  return after === undefined || after === null ? "delete" : "update";
}

/** Missing and null mean the same: a property without a value. */
function given(value: PropertyValue | undefined): PropertyValue | undefined {
  return value === null ? undefined : value;
}

/** One name in a property path: `a.b`, or `a["x.y"]` where the name has other characters. */
function segment(name: string, first: boolean): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) {
    return `[${JSON.stringify(name)}]`;
  }
  return first ? name : `.${name}`;
}
