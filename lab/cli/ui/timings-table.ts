import { table } from "./table";
import { stepLine, type TimeReport } from "./timings";
import { wrap } from "./wrap";

/** Steps shorter than this are not worth a line, in milliseconds. */
const WORTH_A_LINE = 100;

/**
 * "Where the time went" for people; empty if nothing took time.
 * @param lines how many steps it shows at most
 * @param width characters in a line of the terminal
 */
export function timesTable(
  { wall, sum, longest, criticalPath }: TimeReport,
  lines = 8,
  width = Number.POSITIVE_INFINITY,
): string {
  const worth = longest.filter(({ start, end }) => end - start >= WORTH_A_LINE).slice(0, lines);
  if (worth.length === 0) {
    return "";
  }
  const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;
  const path = criticalPath.filter(({ start, end }) => end - start >= WORTH_A_LINE).map(stepLine);
  return [
    "where the time went",
    table(worth.map(stepLine), { width }),
    `  in all ${seconds(wall)} for steps of ${seconds(sum)}`,
    ...wrap(`decided by: ${path.map(([name, time]) => `${name} ${time}`).join(" → ")}`, width - 4).map((line, index) =>
      index === 0 ? `  ${line}` : `    ${line}`,
    ),
    "",
  ].join("\n");
}
