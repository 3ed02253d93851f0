import { table } from "../../ui/table";
import { paint, type Style, type Terminal } from "../../ui/terminal";
import type { TraceHop, TraceReport } from "../report";
import { hopTime, outcomeText, requestTime, statusText, visible } from "./format";

/** Where a hop's text begins, behind its number and its time. */
const INDENT = " ".repeat(17);

/** Narrower than this, wrapped lines are harder to read than broken ones. */
const LEAST_WIDTH = 30;

/**
 * The report for the terminal: what was asked, each hop with its facts, and how it ended.
 * @param hasPage a page is written as well, so that nobody has to be told of it
 */
export function traceTable(report: TraceReport, terminal: Terminal, hasPage = false): string {
  const { from, to, request, outcome, hops } = report;
  const asked = [
    ["URL", visible(request.url)],
    ["Host", visible(request.host)],
    ["status", statusText(outcome)],
    ["time", requestTime(outcome)],
  ];
  return [
    paint(visible(`${from} → ${to}`), "bold", terminal),
    table(asked),
    "",
    ...hops.flatMap((hop) => [...hopLines(hop, terminal), ""]),
    ...lines(outcomeText(report), outcome.ok ? "green" : "red", "", terminal),
    ...(hasPage ? [] : [paint("--html FILE shows the evidence of each hop", "dim", terminal)]),
  ].join("\n");
}

function hopLines(hop: TraceHop, terminal: Terminal): string[] {
  const { source, destination, security, failure } = hop;
  const first = `${String(hop.number).padStart(4)}  ${hopTime(hop).padStart(9)}  ${visible(hop.station)}`;
  const addresses = [source, destination].filter((end) => end !== undefined).join(" → ");
  const connection = [addresses, security ?? ""].filter(Boolean).join("  ");
  return [
    paint(first, failure === undefined ? "bold" : "red", terminal),
    ...lines(hop.title, undefined, INDENT, terminal),
    ...(connection === "" ? [] : lines(connection, "cyan", INDENT, terminal)),
    ...(failure === undefined ? [] : lines(`failed: ${failure}`, "red", INDENT, terminal)),
    ...hop.facts.flatMap(({ label, value }) => lines(`${label}: ${value}`, "dim", `${INDENT}  `, terminal)),
  ];
}

/** A text as lines of the terminal's width; those after the first stand two characters further in. */
function lines(text: string, style: Style | undefined, indent: string, terminal: Terminal): string[] {
  const shown: string[] = [];
  let line = indent;
  for (const word of visible(text).split(/(?<=[^ ])(?= )/)) {
    if (line.trim() !== "" && line.length + word.length > Math.max(terminal.columns, indent.length + LEAST_WIDTH)) {
      shown.push(line);
      line = `${indent}  ${word.trimStart()}`;
    } else {
      line += word;
    }
  }
  return [...shown, line].map((one) => (style === undefined ? one : paint(one, style, terminal)));
}
