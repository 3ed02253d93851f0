import { table } from "../../lab/cli/ui/table";
import { elapsed } from "../../lab/cli/ui/terminal";
import type { TimeReport } from "../../lab/cli/ui/timings";
import { timesTable } from "../../lab/cli/ui/timings-table";

/** One step of the lab by hand. */
export interface HandStep {
  readonly step: string;
  readonly seconds: number;
}

/** What one round measured, in seconds. */
export interface Round {
  readonly byHand: readonly HandStep[];
  readonly byHandSeconds: number;
  readonly upSeconds: number;
}

/** The median of the pairs' ratios. */
export function ratioOf(rounds: readonly Round[]): number {
  const ratios = rounds.map(({ upSeconds, byHandSeconds }) => upSeconds / byHandSeconds).sort((a, b) => a - b);
  const middle = [ratios[Math.floor((ratios.length - 1) / 2)], ratios[Math.floor(ratios.length / 2)]];
  return middle.reduce<number>((sum, ratio) => sum + (ratio ?? Number.NaN), 0) / 2;
}

/**
 * What was measured, for people.
 * @param times where the time of the last round's `up` went
 * @param width characters in a line of the terminal
 */
export function benchReport(rounds: readonly Round[], times: TimeReport | undefined, width: number): string {
  return [
    ...rounds.flatMap(({ byHand, byHandSeconds, upSeconds }, index) => [
      `round ${index + 1}`,
      table(
        [
          ...byHand.map(({ step, seconds }) => [step, elapsed(seconds)]),
          ["by hand, in all", elapsed(byHandSeconds)],
          ["up", elapsed(upSeconds), `ratio ${(upSeconds / byHandSeconds).toFixed(2)}`],
        ],
        { width },
      ),
    ]),
    `median ratio ${ratioOf(rounds).toFixed(2)}`,
    ...(times ? [`\nup of round ${rounds.length}: ${timesTable(times, undefined, width)}`.trimEnd()] : []),
  ].join("\n");
}
