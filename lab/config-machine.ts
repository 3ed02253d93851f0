import { statSync } from "node:fs";
import { homedir, userInfo } from "node:os";

/** What a configuration may ask of the machine on which the program runs. */
export interface ConfigMachine {
  /** The folder that `~` stands for. */
  readonly home: string;
  /** Who runs the program; undefined where the machine has no name for them. */
  readonly userName: () => string | undefined;
  readonly fileExists: (path: string) => boolean;
}

/** The machine on which the program runs. */
export const THIS_MACHINE: ConfigMachine = {
  home: homedir(),
  // A container may run under a number that no name belongs to.
  userName: () => orUndefined(() => userInfo().username),
  fileExists: (path) => orUndefined(() => statSync(path).isFile()) === true,
};

function orUndefined<Value>(ask: () => Value): Value | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

/** A path with the `~` at its beginning spelt out. */
export function withoutTilde(path: string, { home }: Pick<ConfigMachine, "home">): string {
  return path === "~" || path.startsWith("~/") ? `${home}${path.slice(1)}` : path;
}
