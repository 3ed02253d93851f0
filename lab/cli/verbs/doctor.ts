import type { DoctorReport } from "../../../infra/toolchain/doctor";
import { tableRows } from "../ui/table";
import { paint, say, terminalOf, type Style, type Terminal } from "../ui/terminal";
import { toolchainLab } from "../../registry";
import { wantedLab, type LabOptions } from "../stack/wanted-lab";

/** How a row's level is shown. */
const STYLES = { ok: "green", warn: "yellow", fail: "red" } as const satisfies Record<string, Style>;

/** `doctor`: says what this machine has and lacks; exit 0 fine, 1 something is missing, 3 warnings only. */
export async function doctor(options: LabOptions & { readonly json?: boolean }): Promise<void> {
  const { examine } = await import("../../../infra/toolchain/doctor");
  const { lab: name, versions } = wantedLab(options);
  const report = await examine({ ...(await toolchainLab(name)), versions });
  process.exitCode = { ok: 0, warn: 3, fail: 1 }[report.level];
  if (options.json) {
    say(JSON.stringify(report, undefined, 2));
    return;
  }
  for (const line of doctorLines(report, terminalOf(process.stdout))) {
    say(line);
  }
}

/** The report for people. What is to be pasted stays whole however wide it is. */
export function doctorLines(
  { decision, versionSet, lab, rows }: Pick<DoctorReport, "decision" | "versionSet" | "lab" | "rows">,
  terminal: Terminal,
): readonly string[] {
  const cells = rows.map((row) => [row.level, row.name, row.wanted, row.found, row.source, row.path]);
  const [header = [], ...shown] = tableRows(cells, {
    header: ["", "WHAT", "WANTED", "FOUND", "SOURCE", "PATH"],
    width: terminal.columns,
    kinds: ["text", "text", "text", "text", "text", "path"],
  });
  return [
    `source: ${decision.source}, version set "${versionSet}", lab ${lab}`,
    ...header,
    ...rows.flatMap((row, index) => [
      ...(shown[index] ?? []).map((line) => paint(line, STYLES[row.level], terminal)),
      ...(row.fix ? [`        fix: ${row.fix}`] : []),
    ]),
  ];
}
