import { startProgram } from "../../infra/core/child";
import { shellQuote } from "../../infra/core/shell";
import type { AccessHost } from "../outputs";
import { UserError } from "./user-error";

/** The command words as one line for a shell on the other side. */
export function remoteLine(words: readonly string[]): string {
  return words.map(shellQuote).join(" ");
}

/**
 * Gives the terminal to a program until it ends, and takes over its exit code.
 * @throws UserError where there is no such program
 */
export async function handOver(
  command: string,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  // Ctrl-C goes to the program, which decides what it means.
  const ignore = () => undefined;
  process.on("SIGINT", ignore);
  try {
    const child = startProgram(command, words, { stdio: "inherit", env });
    process.exitCode = await new Promise<number>((resolve, reject) => {
      child.on("error", (error) => reject(new UserError(`${command}: ${error.message}`, 127)));
      child.on("exit", (code) => resolve(code ?? 1));
    });
  } finally {
    process.off("SIGINT", ignore);
  }
}

/**
 * Finds a host by name.
 * @param name undefined for the only one
 * @throws UserError that names the hosts there are
 */
export function chooseHost(hosts: readonly AccessHost[], name: string | undefined): AccessHost {
  const names = hosts.map((host) => host.name).join(", ") || "no hosts";
  const found =
    name === undefined ? (hosts.length === 1 ? hosts[0] : undefined) : hosts.find((host) => host.name === name);
  if (found === undefined) {
    throw new UserError(`host: ${name === undefined ? "none" : `"${name}"`} given; this lab has ${names}`);
  }
  return found;
}
