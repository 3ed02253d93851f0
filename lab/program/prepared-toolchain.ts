import { isAbsolute } from "node:path";
import { RunError } from "@pulumi/pulumi";
import type { ConfigIssue } from "../../infra/core/errors";
import type { Environment } from "../../infra/core/paths";
import {
  configuredToolchain,
  isAuto,
  keyText,
  setupCommand,
  setupCommandOf,
  TOOLCHAIN_VARIABLE,
  toolchainFolder,
  UPDATE_VARIABLE,
} from "../../infra/core/toolchain-key";
import { readToolchainManifest, type ToolchainManifest } from "../../infra/core/toolchain-manifest";
import { readToolchainRecord } from "../../infra/core/toolchain-record";
import { sourceOfSet } from "../../infra/core/versions";
import type { LabConfig } from "../config/lab-config";

/** What decides which toolchain a program runs with. */
type Wanted = Pick<LabConfig, "lab" | "versions">;

/**
 * The toolchain of the stack that runs: the one that the command line, or a shell with its exports, names; else the one that the stack was built
 * with; else the one that the configuration gives.
 * @returns undefined if `setup` has not finished for it
 * @throws RunError, which Pulumi prints without a stack, if its manifest is damaged or of another version
 */
export function preparedToolchain(
  wanted: Wanted,
  stack: string,
  env: Environment = process.env,
): ToolchainManifest | undefined {
  try {
    const { folder, setup } = placeOf(wanted, stack, env);
    return readToolchainManifest(folder, setup);
  } catch (error) {
    throw new RunError((error as Error).message);
  }
}

/** The folder of the toolchain, and the command that prepares it. */
function placeOf(wanted: Wanted, stack: string, env: Environment): { readonly folder: string; readonly setup: string } {
  const named = env[TOOLCHAIN_VARIABLE];
  if (!named) {
    const key = readToolchainRecord(stack, env) ?? configuredToolchain(wanted, env);
    return { folder: toolchainFolder(key, env), setup: setupCommand(key) };
  }
  if (!isAbsolute(named)) {
    throw new Error(`${TOOLCHAIN_VARIABLE}: "${named}" given; it is set by: ${envCommand(stack)}`);
  }
  return { folder: named, setup: setupCommandOf(named, [wanted.lab]) };
}

function envCommand(stack: string): string {
  return `eval "$(npm run -s lab -- env --stack ${stack})"`;
}

/**
 * What of the configuration the toolchain cannot serve.
 * @param toolchain as `preparedToolchain` has found it
 */
export function toolchainIssues(
  wanted: Wanted,
  stack: string,
  toolchain: ToolchainManifest | undefined,
  env: Environment = process.env,
): ConfigIssue[] {
  if (toolchain === undefined) {
    const { setup } = placeOf(wanted, stack, env);
    return [{ key: "lab", problem: `the toolchain is not there yet; run: ${setup}` }];
  }
  const strangers = strangersIssue(wanted, stack, toolchain, env);
  const issues = [...(strangers === undefined ? [] : [strangers])];
  const { versions } = wanted;
  if (strangers === undefined && !isAuto(versions) && versions !== toolchain.versionSet) {
    const change = sourceOfSet(versions) === toolchain.source ? "the command line's up changes that, or " : "";
    const problem = `"${versions}" is asked for and the toolchain of this stack, from the ${toolchain.source} source, serves "${toolchain.versionSet}"; ${change}write auto or ${toolchain.versionSet}`;
    issues.push({ key: "versions", problem });
  }
  return issues;
}

/** A plain `pulumi up` in a shell with the exports of another stack would build with that one's tools. Our own runs know what they do. */
function strangersIssue(
  { lab }: Wanted,
  stack: string,
  toolchain: ToolchainManifest,
  env: Environment,
): ConfigIssue | undefined {
  const recorded = readToolchainRecord(stack, env);
  const isOurs = env[UPDATE_VARIABLE] !== undefined;
  const isRight = recorded === undefined ? toolchain.lab === lab : keyText(recorded) === keyText(toolchain);
  if (isOurs || isRight) {
    return undefined;
  }
  const own = recorded === undefined ? `the lab is ${lab}` : `stack ${stack} was built with ${keyText(recorded)}`;
  const problem = `the tools here are those of ${keyText(toolchain)}, and ${own}; run: ${envCommand(stack)}`;
  return { key: "lab", problem };
}
