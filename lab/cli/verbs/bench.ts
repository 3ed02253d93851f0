import type { LabEntry } from "../../registry";
import { measureByHand, measureUp, STACK, untilInterrupted } from "../bench-measure";
import { benchReport, ratioOf, type Round } from "../bench-report";
import { assertOwnState } from "../pulumi/own-state";
import { openSession, assertOwnName } from "../pulumi/session";
import { say, tell, terminalOf } from "../ui/terminal";
import type { TimeReport } from "../ui/timings";
import { ensureTools } from "../stack/tools";
import { UserError } from "../ui/user-error";

/** Options of `bench`. */
export interface BenchOptions {
  readonly rounds?: string;
  readonly json?: boolean;
}

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
  assertOwnState();
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
