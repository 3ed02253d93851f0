/** A way to a property: keys of objects and indexes of lists. */
export type PropertyPath = readonly (string | number)[];

/** The path as Pulumi writes it, e.g. `metadata.annotations["a.b"]` or `spec.ports[0].port`. */
export function formatPropertyPath(path: PropertyPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") {
      return `${text}[${String(step)}]`;
    }
    if (/[."[\]]/.test(step)) {
      return `${text}["${step.replaceAll('"', '\\"')}"]`;
    }
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/**
 * Reads a path as a program gives it to `ignoreChanges`; `*` stands for any key or index.
 * @throws Error where a bracket or quote is not closed
 */
export function parsePropertyPath(text: string): PropertyPath {
  const path: (string | number)[] = [];
  const step = /\.?([^.[\]"]+)|\.?\["((?:[^"\\]|\\.)*)"\]|\.?\[(\d+|\*)\]/y;
  while (step.lastIndex < text.length) {
    const start = step.lastIndex;
    const match = step.exec(text);
    if (match === null) {
      throw new Error(`property path ${text}: cannot be read from character ${String(start + 1)}`);
    }
    const [, key, quoted, index] = match;
    path.push(key ?? quoted?.replaceAll('\\"', '"') ?? (index === "*" ? "*" : Number(index)));
  }
  return path;
}

/** Whether the property at `path` is the one at `outer`, or lies within it. */
export function isWithin(path: PropertyPath, outer: PropertyPath): boolean {
  return outer.length <= path.length && outer.every((step, index) => step === "*" || step === path[index]);
}
