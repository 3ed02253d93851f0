import { spawn, type ChildProcess } from "node:child_process";

// Reads `+GROUP` and `-GROUP` lines; when they end, this process has died, and it ends the groups that are left.
// `kill -s`, because dash takes no `--` after `kill -TERM`.
const script = `
groups=' '
while read -r line; do
  group=\${line#?}
  case $line in
    +*) groups="$groups$group " ;;
    -*) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s TERM -- "-$group" 2>/dev/null; done
[ "$groups" = ' ' ] || sleep 2
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
`;

/**
 * Ends commands whose plugin was killed with SIGKILL: without it a half-done command would run on beside the next `up`.
 * It is one small shell with a pipe from this process, started with the first command.
 */
export class ProcessReaper {
  private shell: ChildProcess | undefined;

  /** Makes ready to guard: called before a command starts, because starting the shell takes longer than many commands. */
  prepare(): void {
    this.shell ??= this.start();
  }

  /** Makes a process group die with this process, until `release`. */
  guard(group: number): void {
    this.prepare();
    this.shell?.stdin?.write(`+${String(group)}\n`);
  }

  /** The group has ended by itself. */
  release(group: number): void {
    this.shell?.stdin?.write(`-${String(group)}\n`);
  }

  private start(): ChildProcess {
    // A group of its own, or the engine's kill of the plugin's group would take it along.
    const shell = spawn("/bin/sh", ["-c", script], { stdio: ["pipe", "ignore", "ignore"], detached: true });
    shell.on("error", () => undefined);
    shell.stdin.on("error", () => undefined);
    shell.unref();
    return shell;
  }
}
