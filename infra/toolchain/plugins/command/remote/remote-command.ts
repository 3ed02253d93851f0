import { isPropertyMap, type PropertyMap } from "../../rpc/property-value";
import { remoteCommandInputs } from "../fields";
import { outputsOf } from "../outputs";
import { previousOutput } from "../previous-output";
import { textIn, type CommandResource, type Operation } from "../resource";
import { readConnection } from "./connection";

const computed = ["stdout", "stderr"];

/** `command:remote:Command`: commands of another machine that create, update and delete something. */
export const remoteCommand: CommandResource = {
  inputs: remoteCommandInputs,
  computed,
  namedId: true,
  create: (inputs, operation) => run(textIn(inputs, "create"), inputs, {}, operation),
  update: (state, inputs, operation) => {
    const command = textIn(inputs, "update") ?? textIn(inputs, "create");
    return run(command, inputs, outputsOf(state, computed), operation);
  },
  delete: async (state, operation) => {
    await run(textIn(state, "delete"), state, outputsOf(state, computed), operation);
  },
};

async function run(
  command: string | undefined,
  inputs: PropertyMap,
  before: PropertyMap,
  operation: Operation,
): Promise<PropertyMap> {
  if (command === undefined) {
    return { stdout: "", stderr: "", ...before };
  }
  // ssh2 takes 40 ms to load: only plugins that log in somewhere pay for it.
  const { runRemoteProcess } = await import("./remote-process");
  const environment = isPropertyMap(inputs["environment"]) ? inputs["environment"] : {};
  return runRemoteProcess(
    {
      command,
      connection: readConnection(inputs),
      environment: environment as Record<string, string>,
      optionalEnvironment: previousOutput(inputs, before),
      stdin: textIn(inputs, "stdin"),
      logging: textIn(inputs, "logging"),
    },
    operation,
  );
}
