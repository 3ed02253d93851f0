import type { HopEvidence, HopFact, TraceHop } from "../report";
import { escapeHtml, escapeLines, hopTime } from "./format";

/** A hop as a section that opens: what happens, its facts, and what the running system said. */
export function hopSection(hop: TraceHop): string {
  const isFailed = hop.failure !== undefined;
  return [
    `<details class="hop${isFailed ? " failed" : ""}" id="hop-${hop.number}"${isFailed ? " open" : ""}>`,
    `<summary>${summary(hop)}</summary>`,
    `<div class="inside">`,
    ...(hop.failure === undefined
      ? []
      : [`<p class="failure"><strong>Failed:</strong> ${escapeHtml(hop.failure)}</p>`]),
    ...(hop.facts.length === 0 ? [] : ["<dl>", ...hop.facts.map(factRow), "</dl>"]),
    ...hop.evidence.map(evidenceSection),
    ...(hop.facts.length + hop.evidence.length === 0 ? [`<p class="nothing">Nothing more was seen here.</p>`] : []),
    "</div>",
    "</details>",
  ].join("\n");
}

function summary(hop: TraceHop): string {
  const { source, destination, security } = hop;
  return [
    `<span class="number">${hop.number}</span>`,
    `<span class="time">${hopTime(hop)}</span>`,
    `<span class="what"><span class="title">${escapeHtml(hop.title)}</span>`,
    `<span class="station">${escapeHtml(hop.station)}</span></span>`,
    `<span class="addresses"><span>${escapeHtml(source ?? "")}</span> `,
    `<span class="to">${source === undefined && destination === undefined ? "" : "→"}</span> `,
    `<span>${escapeHtml(destination ?? "")}</span></span>`,
    `<span class="security ${security === "mTLS" ? "mtls" : "plain"}">${security ?? ""}</span>`,
  ].join("");
}

function factRow({ label, value }: HopFact): string {
  return `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`;
}

function evidenceSection({ title, command, text }: HopEvidence): string {
  return [
    `<div class="evidence">`,
    `<h3>${escapeHtml(title)}</h3>`,
    `<p class="command"><code>${escapeHtml(command)}</code></p>`,
    // A browser drops the first line break of <pre>.
    `<pre>\n${escapeLines(text)}</pre>`,
    "</div>",
  ].join("\n");
}
