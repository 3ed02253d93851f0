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
import { openSession, assertOwnName } from "../session";
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
 * @throws UserError where the lab has no measure, or a step fails
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
  for (let round = 1; round <= Number(rounds); round++) {
    tell(`round ${round} of ${rounds}: by hand`);
    const byHand = await measureByHand(entry.byHand(manifest), manifest);
    tell(`round ${round} of ${rounds}: up`);
    const up = await measureUp(lab);
    times = up.times;
    const byHandSeconds = byHand.reduce((sum, { seconds }) => sum + seconds, 0);
    measured.push({ byHand, byHandSeconds, upSeconds: up.seconds });
  }
  say(
    json
      ? JSON.stringify({ rounds: measured, ratio: ratioOf(measured), times }, undefined, 2)
      : benchReport(measured, times, terminalOf(process.stdout).columns),
  );
}

/** The whole command, to its end, of the lab that is named: what Pulumi.dev.yaml says does not matter. */
async function measureUp(lab: string): Promise<UpMeasure> {
  const cli = [join(PROJECT_FOLDER, "lab", "cli", "bootstrap.mjs")];
  const started = Date.now();
  try {
    const words = ["up", lab, "--stack", STACK, "-c", `portBase=${UP_PORT}`, "--json"];
    const stdout = await run(process.execPath, [...cli, ...words], process.env);
    const { times } = JSON.parse(stdout) as { readonly times: TimeReport };
    return { seconds: (Date.now() - started) / 1000, times };
  } finally {
    await run(process.execPath, [...cli, "destroy", "--yes", "--stack", STACK], process.env);
  }
}

async function measureByHand(
  { script, environment, definitions }: ByHand,
  manifest: ToolchainManifest,
): Promise<readonly HandStep[]> {
  const folder = mkdtempSync(join(temporaryFolder(), "istio-lab-bench-"));
  try {
    for (const [name, definition] of Object.entries(definitions)) {
      writeFileSync(join(folder, name), JSON.stringify(definition), { mode: 0o600 });
    }
    const env = { ...environmentFor(), ...toolchainEnvironment(manifest), ...environment, FOLDER: folder };
    const lines = await run(join(PROJECT_FOLDER, script), [], env);
    return lines
      .trim()
      .split("\n")
      .map((line) => line.split(" "))
      .map(([step = "", seconds]) => ({ step, seconds: Number(seconds) }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a program; its stderr is shown. */
function run(command: string, words: readonly string[], env: Environment): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = startProgram(command, words, { env, stdio: ["ignore", "pipe", "inherit"] });
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
