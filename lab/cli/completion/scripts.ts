import { readFileSync } from "node:fs";
import { join } from "node:path";
import { shellQuote } from "../../../infra/core/shell";
import { PROJECT_FOLDER } from "../pulumi/backend";

/** Shells that there is a completion for. */
export const SHELLS = ["bash", "zsh"] as const;

/** One of them. */
export type Shell = (typeof SHELLS)[number];

/** The script that defines the command `lab` of this checkout and completes its words; works from every folder. */
export function completionScript(shell: Shell): string {
  const bootstrap = join(PROJECT_FOLDER, "lab", "cli", "bootstrap.mjs");
  // INIT_CWD: a shell that `npm run lab -- exec` has started carries the one of that command.
  const moved =
    "lab: the checkout is not there any more; define lab again in its new folder: npm run -s lab -- completion";
  const command = `lab() {
  [ -e ${shellQuote(bootstrap)} ] || { echo ${shellQuote(`${moved} ${shell}`)} >&2; return 1; }
  INIT_CWD="$PWD" node ${shellQuote(bootstrap)} "$@"
}`;
  const completer = shell === "bash" ? "completion.sh" : "completion.zsh";
  return `${command}\n${readFileSync(join(__dirname, completer), "utf8")}`;
}
