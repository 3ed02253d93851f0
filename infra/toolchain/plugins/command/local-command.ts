import { isPropertyList, isPropertyMap, type PropertyMap } from "../rpc/property-value";
import { shownStreams } from "./captured-output";
import { localCommandInputs } from "./fields";
import { findArchive, findAssets } from "./found-files";
import { runLocalProcess } from "./local-process";
import { outputsOf } from "./outputs";
import { previousOutput } from "./previous-output";
import { showLine, textIn, type CommandResource, type Operation } from "./resource";

const computed = ["stdout", "stderr", "assets", "archive"];

/** `command:local:Command`: commands of this machine that create, update and delete something. */
export const localCommand: CommandResource = {
  inputs: localCommandInputs,
  computed: ["stdout", "stderr"],
  namedId: true,
  create: (inputs, operation) => runIfGiven(textIn(inputs, "create"), inputs, {}, operation),
  update: (state, inputs, operation) => {
    const command = textIn(inputs, "update") ?? textIn(inputs, "create");
    return runIfGiven(command, inputs, outputsOf(state, computed), operation);
  },
  delete: async (state, operation) => {
    await runIfGiven(textIn(state, "delete"), state, outputsOf(state, computed), operation);
  },
};

function runIfGiven(
  command: string | undefined,
  inputs: PropertyMap,
  before: PropertyMap,
  operation: Operation,
): Promise<PropertyMap> {
  const nothing = { stdout: "", stderr: "", ...before };
  return command === undefined ? Promise.resolve(nothing) : runLocalCommand(command, inputs, before, operation);
}

/**
 * Runs a command with the inputs of a local.Command or of the function local.run.
 * @param before outputs of the last run
 * @returns `stdout`, `stderr`, and `assets` and `archive` where the inputs ask for them
 */
export async function runLocalCommand(
  command: string,
  inputs: PropertyMap,
  before: PropertyMap,
  operation: Operation,
): Promise<PropertyMap> {
  const interpreter = texts(inputs, "interpreter");
  const dir = textIn(inputs, "dir") ?? process.cwd();
  const environment = isPropertyMap(inputs["environment"]) ? inputs["environment"] : {};
  const output = await runLocalProcess({
    command,
    interpreter: interpreter.length > 0 ? interpreter : ["/bin/sh", "-c"],
    dir,
    environment: { ...(environment as Record<string, string>), ...previousOutput(inputs, before) },
    stdin: textIn(inputs, "stdin"),
    shown: shownStreams(textIn(inputs, "logging")),
    show: showLine(operation),
    signal: operation.signal,
  });
  return {
    ...before,
    ...(isPropertyList(inputs["assetPaths"]) ? { assets: findAssets(dir, texts(inputs, "assetPaths")) } : {}),
    ...(isPropertyList(inputs["archivePaths"]) ? { archive: findArchive(dir, texts(inputs, "archivePaths")) } : {}),
    ...output,
  };
}

function texts(inputs: PropertyMap, name: string): readonly string[] {
  const value = inputs[name];
  return isPropertyList(value) ? (value as readonly string[]) : [];
}
