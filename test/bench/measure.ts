import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { environmentFor, startProgram } from "../../infra/core/child";
import { temporaryFolder, type Environment } from "../../infra/core/paths";
import type { ToolchainManifest } from "../../infra/core/toolchain-manifest";
import { toolchainEnvironment } from "../../infra/toolchain/environment";
import type { ByHand } from "./by-hand";
import { PROJECT_FOLDER } from "../../lab/cli/pulumi/backend";
import type { HandStep } from "./report";
import { INTERRUPTED } from "../../lab/cli/pulumi/pulumi";
import { onStopSignal } from "../../lab/cli/pulumi/stop-signals";
import type { TimeReport } from "../../lab/cli/ui/timings";
import { UserError } from "../../lab/cli/ui/user-error";

/** The stack of `up` in a measure. */
export const STACK = "bench";
const UP_PORT = 31600;

/** What `up` took, and where its time went. */
export interface UpMeasure {
  readonly seconds: number;
  readonly times: TimeReport;
}

/** What ends a measurement early. */
export interface Stopper {
  isStopped: boolean;
  /** Ends the program that runs, and what it has started. */
  end?: () => void;
  /** What was built could not be removed. */
  isLeft?: boolean;
}

/**
 * Lets what runs take back what it has made, after Ctrl-C too.
 * @throws UserError if a stop signal came
 */
export async function untilInterrupted(measure: (stopper: Stopper) => Promise<void>): Promise<void> {
  const stopper: Stopper = { isStopped: false };
  const stop = onStopSignal(() => {
    stopper.isStopped = true;
    stopper.end?.();
  });
  try {
    await measure(stopper);
  } catch (error) {
    // If the destroy failed, too, its own words are the error.
    throw stopper.isStopped && !stopper.isLeft
      ? new UserError("bench: interrupted; what it had built is removed", INTERRUPTED)
      : error;
  } finally {
    stop();
  }
}

/** The whole command, to its end, of the lab that is named: what Pulumi.dev.yaml says does not matter. */
export async function measureUp(lab: string, stopper: Stopper): Promise<UpMeasure> {
  const cli = [join(PROJECT_FOLDER, "lab", "cli", "bootstrap.mjs")];
  const started = Date.now();
  try {
    const words = ["up", lab, "--stack", STACK, "-c", `portBase=${UP_PORT}`, "--json"];
    const stdout = await run(process.execPath, [...cli, ...words], process.env, stopper);
    const { times } = JSON.parse(stdout) as { readonly times: TimeReport };
    return { seconds: (Date.now() - started) / 1000, times };
  } finally {
    stopper.isLeft = true;
    await run(process.execPath, [...cli, "destroy", "--yes", "--stack", STACK], process.env);
    stopper.isLeft = false;
  }
}

/** The script's steps, each with its time. */
export async function measureByHand(
  { script, environment, definitions }: ByHand,
  manifest: ToolchainManifest,
  stopper: Stopper,
): Promise<readonly HandStep[]> {
  const folder = mkdtempSync(join(temporaryFolder(), "istio-lab-bench-"));
  try {
    for (const [name, definition] of Object.entries(definitions)) {
      writeFileSync(join(folder, name), JSON.stringify(definition), { mode: 0o600 });
    }
    // The script removes what has its names, so two measures at once must not share them.
    const NAME = `istio-lab-by-hand-${randomBytes(2).toString("hex")}`;
    const env = {
      ...environmentFor(),
      ...toolchainEnvironment(dirname(manifest.binFolder)),
      ...environment,
      FOLDER: folder,
      NAME,
    };
    const lines = await run(join(PROJECT_FOLDER, script), [], env, stopper);
    return lines
      .trim()
      .split("\n")
      .map((line) => line.split(" "))
      .map(([step = "", seconds]) => ({ step, seconds: Number(seconds) }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs a program; its stderr is shown.
 * @param stopper ends it. Default: nothing does
 */
function run(command: string, words: readonly string[], env: Environment, stopper?: Stopper): Promise<string> {
  return new Promise((resolve, reject) => {
    if (stopper?.isStopped) {
      reject(new UserError("stopped"));
      return;
    }
    // In a process group of its own, so that Ctrl-C reaches it once, through us, as `kill` does.
    const detached = stopper !== undefined;
    const child = startProgram(command, words, { env, stdio: ["ignore", "pipe", "inherit"], detached });
    if (stopper !== undefined) {
      stopper.end = () => endGroup(child);
    }
    let stdout = "";
    child.stdout?.on("data", (data: Buffer) => (stdout += data.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) {
        resolve(stdout);
      } else {
        reject(new UserError(`${command} ${words.join(" ")}: exit code ${String(code)}\n${stdout}`));
      }
    });
  });
}

function endGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) {
    process.kill(-pid, "SIGTERM");
  }
}
