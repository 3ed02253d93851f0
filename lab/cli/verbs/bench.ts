import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { environmentFor, startProgram } from "../../../infra/core/child";
import type { ToolchainManifest } from "../../../infra/core/toolchain-manifest";
import { temporaryFolder, type Environment } from "../../../infra/core/paths";
import { toolchainEnvironment } from "../../../infra/toolchain/environment";
import type { ByHand } from "../../by-hand";
import type { LabEntry } from "../../registry";
import { PROJECT_FOLDER } from "../backend";
import { benchReport, ratioOf, type HandStep, type Round } from "../bench-report";
import { INTERRUPTED } from "../pulumi";
import { openSession, assertOwnName } from "../session";
import { onStopSignal } from "../stop-signals";
import { say, tell, terminalOf } from "../terminal";
import type { TimeReport } from "../timings";
import { ensureTools } from "../tools";
import { UserError } from "../user-error";

/** Options of `bench`. */
export interface BenchOptions {
  readonly rounds?: string;
  readonly json?: boolean;
}

/** What `up` took, and where its time went. */
interface UpMeasure {
  readonly seconds: number;
  readonly times: TimeReport;
}

const STACK = "bench";
const UP_PORT = 31600;

/**
 * `bench`: the lab by hand, step after step, against `up`, in pairs on the same machine, since machines are noisy.
 * @throws UserError if the lab has no measure, a step fails, or a stop signal comes
 */
export async function bench(lab: string, { rounds = "1", json = false }: BenchOptions): Promise<void> {
  if (!/^[1-9]\d?$/.test(rounds)) {
    throw new UserError(`--rounds: "${rounds}" given; write a number from 1 to 99`);
  }
  const { labs } = await import("../../registry");
  const entry = (labs as Readonly<Record<string, LabEntry>>)[lab];
  if (entry === undefined) {
    throw new UserError(`bench: "${lab}" given; there is a measure for ${Object.keys(labs).join(", ")}`);
  }
  assertOwnName(openSession(STACK));
  const manifest = await ensureTools({ lab });
  const measured: Round[] = [];
  let times: TimeReport | undefined;
  await untilInterrupted(async (stopper) => {
    for (let round = 1; round <= Number(rounds); round++) {
      tell(`round ${round} of ${rounds}: by hand`);
      const byHand = await measureByHand(entry.byHand(manifest), manifest, stopper);
      tell(`round ${round} of ${rounds}: up`);
      const up = await measureUp(lab, stopper);
      times = up.times;
      const byHandSeconds = byHand.reduce((sum, { seconds }) => sum + seconds, 0);
      measured.push({ byHand, byHandSeconds, upSeconds: up.seconds });
    }
  });
  say(
    json
      ? JSON.stringify({ rounds: measured, ratio: ratioOf(measured), times }, undefined, 2)
      : benchReport(measured, times, terminalOf(process.stdout).columns),
  );
}

/** What ends a measure half-way. */
interface Stopper {
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
async function untilInterrupted(measure: (stopper: Stopper) => Promise<void>): Promise<void> {
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
      ? new UserError("bench: stopped half-way; what it had built is removed", INTERRUPTED)
      : error;
  } finally {
    stop();
  }
}

/** The whole command, to its end, of the lab that is named: what Pulumi.dev.yaml says does not matter. */
async function measureUp(lab: string, stopper: Stopper): Promise<UpMeasure> {
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

async function measureByHand(
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
    const env = { ...environmentFor(), ...toolchainEnvironment(manifest), ...environment, FOLDER: folder, NAME };
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
