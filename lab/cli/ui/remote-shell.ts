import { constants } from "node:os";
import { startProblem, startProgram } from "../../../infra/core/child";
import { shellQuote } from "../../../infra/core/shell";
import type { AccessHost } from "../../program/outputs";
import { callerFolder } from "../options/caller";
import { UserError } from "./user-error";

/** The command words as one line for a shell on the other side. */
export function remoteLine(words: readonly string[]): string {
  return words.map(shellQuote).join(" ");
}

/**
 * Gives the terminal to a program until it ends, and takes over its exit code. It runs in the folder in which the user typed the command.
 * @throws UserError if there is no such program
 */
export async function handOver(
  command: string,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  // Ctrl-C goes to the program by itself, which decides what it means; so does the end of the terminal.
  const wait = () => undefined;
  const end = () => child.kill("SIGTERM");
  // Before it starts: on a busy machine it may have said something before this process gets its next turn.
  process.on("SIGINT", wait).on("SIGHUP", wait).on("SIGTERM", end);
  const child = startProgram(command, words, { stdio: "inherit", env, cwd: callerFolder() });
  try {
    process.exitCode = await new Promise<number>((resolve, reject) => {
      child.on("error", (error) => reject(cannotStart(command, error)));
      child.on("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } finally {
    process.off("SIGINT", wait).off("SIGHUP", wait).off("SIGTERM", end);
  }
}

/** With the exit codes that shells have for it. */
function cannotStart(command: string, error: NodeJS.ErrnoException): UserError {
  return error.code === "ENOENT"
    ? new UserError(
        `${command}: there is no such program on this machine, or the folder ${callerFolder()} is gone`,
        127,
      )
    : new UserError(`${command}: ${startProblem(command, error)}`, 126);
}

/**
 * Finds a host by name.
 * @param name undefined for the only one
 * @param lab whose hosts they are, for the message
 * @throws UserError that names the hosts there are
 */
export function chooseHost(hosts: readonly AccessHost[], name: string | undefined, lab: string): AccessHost {
  const names = hosts.map((host) => host.name).join(", ") || "no hosts";
  const found =
    name === undefined ? (hosts.length === 1 ? hosts[0] : undefined) : hosts.find((host) => host.name === name);
  if (found === undefined) {
    throw new UserError(`host: ${name === undefined ? "none" : `"${name}"`} given; ${lab} has ${names}`);
  }
  return found;
}
