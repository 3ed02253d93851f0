import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { versionTable } from "../../../infra/core/versions";
import { accessOutput } from "../access";
import { backendOf, ownStacks, PROJECT, PROJECT_FOLDER } from "../backend";
import { readCheckpoint } from "../checkpoint";
import { STACK_TYPE } from "../engine-events";
import { openSession } from "../session";

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
    default:
      return [];
  }
}

/**
 * What may stand first behind a verb; empty if it cannot be listed.
 * @param stack what the words so far say of the stack
 */
export function operandsOf(verb: string, stack: string | undefined): readonly Candidate[] {
  switch (verb) {
    case "up":
    case "bench":
      return plain(Object.keys(versionTable.book.labs));
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

/** Names of the clusters and hosts of a lab that stands, from our own backend's file. */
function places(stack: string | undefined): {
  readonly clusters: readonly string[];
  readonly hosts: readonly string[];
} {
  const checkpoint = readCheckpoint(openSession(stack));
  const resources = checkpoint.state === "read" ? checkpoint.resources : [];
  const outputs = accessOutput(resources.find(({ type }) => type === STACK_TYPE)?.outputs ?? {});
  const names = (all: readonly { readonly name: string }[] = []) => all.map(({ name }) => name);
  return { clusters: names(outputs?.clusters), hosts: names(outputs?.hosts) };
}

/** Keys of every lab from Pulumi.yaml: those of one lab alone stand in its comment, in the same form. */
function configKeys(): readonly Candidate[] {
  const text = readFileSync(join(PROJECT_FOLDER, "Pulumi.yaml"), "utf8");
  const { config = {} } = parse(text) as { readonly config?: Record<string, { readonly description?: string }> };
  const ofLabs = text.matchAll(new RegExp(`^# +${PROJECT}:(\\w+):\\n# +description: (.*)$`, "gm"));
  const meanings = new Map([
    ...Object.entries(config).map(
      ([key, { description = "" }]) => [key.replace(`${PROJECT}:`, ""), description] as const,
    ),
    ...[...ofLabs].map(([, key = "", description = ""]) => [key, description] as const),
  ]);
  return [...meanings].map(([key, meaning]) => ({ word: `${key}=`, meaning }));
}
