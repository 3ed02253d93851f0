import { Command } from "commander";
import { errorHint } from "../../lab/cli/options/help";
import { withJson } from "../../lab/cli/options/program-options";
import { refuseRepeated } from "../../lab/cli/options/repeated-options";
import { byHand } from "./labs";
import { measureByHand, measureUp, STACK, untilInterrupted } from "./measure";
import { benchReport, ratioOf, type Round } from "./report";
import { assertOwnState } from "../../lab/cli/pulumi/own-state";
import { openSession, assertOwnName } from "../../lab/cli/pulumi/session";
import { say, tell, terminalOf } from "../../lab/cli/ui/terminal";
import type { TimeReport } from "../../lab/cli/ui/timings";
import { ensureTools } from "../../lab/cli/stack/tools";
import { UserError } from "../../lab/cli/ui/user-error";

/** The command line of `npm run bench`. */
export function benchProgram(): Command {
  const program = new Command("istio-lab").enablePositionalOptions();
  const verb = withJson(program.command("bench").description("measure up against the same steps by hand, in one run"))
    .usage("<LAB> [options]      through npm: npm run bench -- LAB …")
    .argument("<LAB>", "the lab to measure")
    .option("--rounds <number>", "how many pairs. Default: 1")
    .showHelpAfterError(errorHint())
    .action(bench);
  refuseRepeated(verb);
  return program;
}

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
  const definition = byHand[lab];
  if (definition === undefined) {
    throw new UserError(`bench: "${lab}" given; there is a measure for ${Object.keys(byHand).join(", ")}`);
  }
  assertOwnState();
  assertOwnName(openSession(STACK));
  const manifest = await ensureTools({ lab });
  const measured: Round[] = [];
  let times: TimeReport | undefined;
  await untilInterrupted(async (stopper) => {
    for (let round = 1; round <= Number(rounds); round++) {
      tell(`round ${round} of ${rounds}: by hand`);
      const steps = await measureByHand(definition(manifest), manifest, stopper);
      tell(`round ${round} of ${rounds}: up`);
      const up = await measureUp(lab, stopper);
      times = up.times;
      const byHandSeconds = steps.reduce((sum, { seconds }) => sum + seconds, 0);
      measured.push({ byHand: steps, byHandSeconds, upSeconds: up.seconds });
    }
  });
  say(
    json
      ? JSON.stringify({ rounds: measured, ratio: ratioOf(measured), times }, undefined, 2)
      : benchReport(measured, times, terminalOf(process.stdout).columns),
  );
}
