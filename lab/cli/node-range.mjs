// Which versions of Node.js a range of package.json's `engines` allows, e.g. "^20.19.0 || >=24". Before anything is installed there is no library
// to ask. Node.js 12 can read this file, as it can bootstrap.mjs: who has an old one is to be told so and not to get a syntax error.

/** "22.13" as [22, 13, 0]; what is missing, `x` or `*` is 0. */
function numbersOf(version) {
  const parts = version.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : 0));
  return [parts[0], parts[1] || 0, parts[2] || 0];
}

function compare(one, other) {
  for (let i = 0; i < 3; i++) {
    if (one[i] !== other[i]) return one[i] - other[i];
  }
  return 0;
}

/** The first version after those that `^1.2.3`, `~1.2.3`, `1.2` or `1` allows. */
function endOf(operator, text, version) {
  const [major, minor, patch] = version;
  const given = text.split(".").filter((part) => /^\d+$/.test(part)).length;
  if (operator === "^" || given === 1) return [major + 1, 0, 0];
  return operator === "~" || given === 2 ? [major, minor + 1, 0] : [major, minor, patch + 1];
}

function meets(node, condition) {
  if (condition === "*" || condition === "x") return true;
  const found = /^(\^|~|>=|<=|>|<|=|)v?(\d+(?:\.(?:\d+|[x*]))*)$/.exec(condition);
  if (found === null) throw new Error(`engines: "${condition}" given; such as ^20.19.0, >=24 or 22 would be right`);
  const [, operator, text] = found;
  const version = numbersOf(text);
  const order = compare(node, version);
  if (operator === ">=") return order >= 0;
  if (operator === ">") return order > 0;
  if (operator === "<=") return order <= 0;
  if (operator === "<") return order < 0;
  return order >= 0 && compare(node, endOf(operator, text, version)) < 0;
}

/**
 * Says whether a range allows a version of Node.js.
 * @param range of package.json's `engines`
 * @param version e.g. 22.13.1
 * @throws Error if the range has a condition that is unknown here
 */
export function allowsNode(range, version) {
  const node = numbersOf(version);
  return range.split("||").some((alternative) =>
    alternative
      .replace(/(\^|~|[<>]=?|=)\s+/g, "$1")
      .trim()
      .split(/\s+/)
      .every((condition) => meets(node, condition)),
  );
}
