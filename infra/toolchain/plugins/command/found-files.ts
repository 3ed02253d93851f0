import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Archive, Asset } from "../rpc/property-value";

/**
 * Finds the files under a folder that match patterns: in order, `!` takes out again, `*` stops at `/`, `**` does not.
 * @returns file assets by path relative to the folder
 */
export function findAssets(dir: string, patterns: readonly string[]): Record<string, Asset> {
  const rules = patterns.map((pattern) => {
    const excludes = pattern.startsWith("!");
    return { excludes, matches: globToRegExp(excludes ? pattern.slice(1) : pattern) };
  });
  const found: Record<string, Asset> = {};
  for (const path of filesUnder(dir, "")) {
    const last = rules.filter((rule) => rule.matches.test(path)).at(-1);
    if (last !== undefined && !last.excludes) {
      const file = join(dir, path);
      found[path] = new Asset({ path: file, hash: sha256(readFileSync(file)) });
    }
  }
  return found;
}

/** The same files as one archive of assets. */
export function findArchive(dir: string, patterns: readonly string[]): Archive {
  return new Archive({ assets: findAssets(dir, patterns) });
}

function filesUnder(dir: string, prefix: string): string[] {
  return readdirSync(join(dir, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    return entry.isDirectory() ? filesUnder(dir, path) : [path];
  });
}

/** Translates a pattern in the syntax of https://github.com/gobwas/glob, with `/` as separator. */
export function globToRegExp(pattern: string): RegExp {
  let source = "";
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === "*" && pattern.charAt(at + 1) === "*") {
      source += ".*";
      at++;
    } else if (character === "[") {
      const end = pattern.indexOf("]", at);
      source += pattern.slice(at, end + 1).replace("[!", "[^");
      at = end;
    } else if (character === "{" || character === "}") {
      depth += character === "{" ? 1 : -1;
      source += character === "{" ? "(?:" : ")";
    } else if (character === "\\") {
      source += `\\${pattern.charAt(++at)}`;
    } else {
      source += { "*": "[^/]*", "?": "[^/]", ",": depth > 0 ? "|" : "," }[character] ?? literal(character);
    }
  }
  return new RegExp(`^${source}$`, "s");
}

function literal(character: string): string {
  return character.replace(/[.+^$()|/\]]/, "\\$&");
}

function sha256(contents: Buffer): string {
  return createHash("sha256").update(contents).digest("hex");
}
