import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { setNames, versionTable } from "../../../infra/core/versions";
import { accessOutput } from "../stack/access";
import { backendOf, ownStacks, PROJECT, PROJECT_FOLDER } from "../pulumi/backend";
import { readCheckpoint } from "../pulumi/checkpoint";
import { STACK_TYPE } from "../pulumi/engine-events";
import type { LabOutputs } from "../../program/outputs";
import { labEntry, LABS } from "../../registry";
import { openSession } from "../pulumi/session";
import { hasWay } from "../trace/ends";

/** A word that may come next, and what it means; the meaning may be empty. */
export interface Candidate {
  readonly word: string;
  readonly meaning: string;
}

/** Values of an option, by its long name without the hyphens; empty if they cannot be listed. */
export function valuesOf(option: string): readonly Candidate[] {
  switch (option) {
    case "stack":
      return plain(stacks());
    case "config":
      return configKeys();
    case "lab":
      return plain(LABS);
    case "versions":
      return plain(setNames(versionTable));
    default:
      return [];
  }
}

/**
 * What may come next after a verb, apart from options; empty if it cannot be listed.
 * @param operands the words after the verb so far that are no options
 * @param stack what the words so far say of the stack
 */
export async function operandsOf(
  verb: string,
  operands: readonly string[],
  stack: string | undefined,
): Promise<readonly Candidate[]> {
  if (verb === "trace") {
    return plain(await traceEnds(operands, stack));
  }
  return operands.length === 0 ? firstOperands(verb, stack) : [];
}

function firstOperands(verb: string, stack: string | undefined): readonly Candidate[] {
  switch (verb) {
    case "up":
      return plain(LABS);
    case "ssh":
      return plain(places(stack).hosts);
    case "exec":
      return plain([...places(stack).clusters, ...places(stack).hosts]);
    case "completion":
      return plain(["bash", "zsh"]);
    default:
      return [];
  }
}

function plain(words: readonly string[]): readonly Candidate[] {
  return words.map((word) => ({ word, meaning: "" }));
}

function stacks(): readonly string[] {
  const { ownFolder } = backendOf();
  return ownFolder === undefined ? [] : ownStacks(ownFolder);
}

/** The outputs of a lab that exists, from our own backend's file. */
function standingOutputs(stack: string | undefined): LabOutputs | undefined {
  const checkpoint = readCheckpoint(openSession(stack));
  const resources = checkpoint.state === "read" ? checkpoint.resources : [];
  return accessOutput(resources.find(({ type }) => type === STACK_TYPE)?.outputs ?? {});
}

const namesOf = (all: readonly { readonly name: string }[] = []) => all.map(({ name }) => name);

/** Names of its clusters and hosts. */
function places(stack: string | undefined) {
  const outputs = standingOutputs(stack);
  return { clusters: namesOf(outputs?.clusters), hosts: namesOf(outputs?.hosts) };
}

/** Who can send a request, or what the one that is named can ask. */
async function traceEnds([from, ...rest]: readonly string[], stack: string | undefined): Promise<readonly string[]> {
  const outputs = standingOutputs(stack);
  const map = outputs && (await (await labEntry(outputs.lab))?.traces(outputs));
  if (map === undefined || rest.length > 0) {
    return [];
  }
  const source = map.sources.find(({ name }) => name === from);
  const reached = map.destinations.filter((one) => source !== undefined && hasWay(source, one));
  return namesOf(from === undefined ? map.sources : reached);
}

/**
 * Keys of every lab from Pulumi.yaml: those of one lab alone stand in its comment, in the same form. A key that means something else in
 * another lab or on another platform has all its meanings.
 */
function configKeys(): readonly Candidate[] {
  const text = readFileSync(join(PROJECT_FOLDER, "Pulumi.yaml"), "utf8");
  const { config = {} } = parse(text) as { readonly config?: Record<string, { readonly description?: string }> };
  const common = Object.entries(config).map(([key, { description = "" }]) => ["", key, description] as const);
  const meanings = new Map<string, Map<string, string[]>>();
  for (const [lab, key, description] of [...common, ...settingsOfLabs(text)]) {
    const ofKey = meanings.get(key) ?? new Map<string, string[]>();
    meanings.set(key, ofKey.set(description, [...(ofKey.get(description) ?? []), lab]));
  }
  return [...meanings].map(([key, ofKey]) => ({
    word: `${key.replace(`${PROJECT}:`, "")}=`,
    meaning:
      ofKey.size === 1
        ? [...ofKey.keys()].join("")
        : [...ofKey].map(([one, labs]) => `${labs.join(", ")}: ${one}`).join("; "),
  }));
}

/** The lab or the lab and platform, a key of it, and the description. */
function settingsOfLabs(text: string): readonly (readonly [string, string, string])[] {
  const [, ...sections] = text.split(/^# (?=[a-z][\w -]*:$)/m);
  return sections.flatMap((section) => {
    const [lab = ""] = section.split(":");
    const settings = section.matchAll(new RegExp(`^# +(${PROJECT}:\\w+):\\n# +description: (.*)$`, "gm"));
    return [...settings].map(([, key = "", description = ""]) => [lab, key, description] as const);
  });
}
