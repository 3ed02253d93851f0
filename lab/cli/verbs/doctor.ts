import { paint, say, table, terminalOf, type Style } from "../terminal";

/** How a row's level is shown. */
const STYLES = { ok: "green", warn: "yellow", fail: "red" } as const satisfies Record<string, Style>;

/** `doctor`: says what this machine has and lacks; exit 0 fine, 1 something is missing, 3 warnings only. */
export async function doctor(options: { readonly json?: boolean }): Promise<void> {
  const { examine } = await import("../../../infra/toolchain/doctor");
  const report = await examine();
  process.exitCode = { ok: 0, warn: 3, fail: 1 }[report.level];
  if (options.json) {
    say(JSON.stringify(report, undefined, 2));
    return;
  }
  const terminal = terminalOf(process.stdout);
  say(`source: ${report.decision.source}, version set "${report.versionSet}"`);
  const rows = report.rows.map((row) => [row.level, row.name, row.wanted, row.found, row.source, row.path]);
  const lines = table(rows, ["", "WHAT", "WANTED", "FOUND", "SOURCE", "PATH"]).split("\n");
  say(lines.shift());
  report.rows.forEach((row, index) => {
    say(paint(lines[index] ?? "", STYLES[row.level], terminal));
    if (row.fix) {
      say(`        fix: ${row.fix}`);
    }
  });
}
