import { readFileSync, statSync } from "node:fs";
import { homeFolder } from "../../infra/core/paths";
import { account } from "../../infra/core/workstation/account";

/** What a configuration may ask of the machine on which the program runs. */
export interface ConfigMachine {
  /** The folder that `~` stands for. */
  readonly home: string;
  /** Who runs the program; undefined if the machine has no name for them. */
  readonly userName: () => string | undefined;
  /** Undefined if it is no file, or none that this user may read. */
  readonly readFile: (path: string) => ReadableFile | undefined;
}

/** A file of the machine. */
export interface ReadableFile {
  readonly text: string;
  /** It is this user's, and others may read it. */
  readonly isOpenToOthers: boolean;
}

/** The machine on which the program runs. */
export const THIS_MACHINE: ConfigMachine = {
  get home() {
    return homeFolder();
  },
  userName: () => account()?.name,
  readFile: (path) => {
    try {
      const { mode, uid } = statSync(path);
      return { text: readFileSync(path, "utf8"), isOpenToOthers: (mode & 0o077) !== 0 && uid === process.getuid?.() };
    } catch {
      return undefined;
    }
  },
};

/** A path with the `~` at its beginning spelt out. */
export function withoutTilde(path: string, { home }: Pick<ConfigMachine, "home">): string {
  return path === "~" || path.startsWith("~/") ? `${home}${path.slice(1)}` : path;
}
