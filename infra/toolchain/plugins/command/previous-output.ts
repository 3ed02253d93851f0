import type { PropertyMap } from "../rpc/property-value";
import { textIn } from "./resource";

/**
 * The variables with which a command sees what the last one said.
 * @param inputs `addPreviousOutputInEnv: false` turns them off
 * @param before `stdout` and `stderr` of the last run; empty ones are left out
 */
export function previousOutput(inputs: PropertyMap, before: PropertyMap): Record<string, string> {
  if (inputs["addPreviousOutputInEnv"] === false) {
    return {};
  }
  const [stdout, stderr] = [textIn(before, "stdout") ?? "", textIn(before, "stderr") ?? ""];
  return {
    ...(stdout === "" ? {} : { PULUMI_COMMAND_STDOUT: stdout }),
    ...(stderr === "" ? {} : { PULUMI_COMMAND_STDERR: stderr }),
  };
}
