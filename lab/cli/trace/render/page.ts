import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TraceHop, TraceReport } from "../report";
import { pathDrawing } from "./drawing";
import { LOCK } from "./drawing-arrow";
import { hopSection } from "./hop-section";
import { escapeHtml, outcomeText } from "./format";

const LEGEND = [
  ["plain", "plain text"],
  ["mtls", "mutual TLS"],
  ["answer", "answer"],
] as const;

/** By this a page is known as one of ours, which a later trace may replace. */
const GENERATOR = `<meta name="generator" content="istio-lab trace">`;

/** Pages of earlier versions have no such mark, and this at their end. */
const FOOTER =
  "<footer><p>Everything on this page was read from the running system while the request was on its way.</p></footer>";

/** Whether a text is the page of a trace. */
export function isTracePage(text: string): boolean {
  return text.startsWith("<!doctype html>") && [GENERATOR, FOOTER].some((mark) => text.includes(mark));
}

/** The report as one HTML page that needs nothing beside it. */
export function tracePage(report: TraceReport): string {
  const name = escapeHtml(`${report.from} → ${report.to}`);
  const code = readFileSync(join(__dirname, "page-script.js"), "utf8");
  return [
    "<!doctype html>",
    `<html lang="en">`,
    ...head(`${name}: ${escapeHtml(outcomeText(report))}`, code),
    "<body>",
    ...heading(report, name),
    "<main>",
    ...path(report),
    ...hops(report),
    "</main>",
    FOOTER,
    `<script>${code}</script>`,
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

function head(title: string, code: string): string[] {
  const hash = createHash("sha256").update(code).digest("base64");
  const policy = [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    `script-src 'sha256-${hash}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return [
    "<head>",
    `<meta charset="utf-8">`,
    GENERATOR,
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<meta name="color-scheme" content="light dark">`,
    `<link rel="icon" href="data:,">`,
    `<title>${title}</title>`,
    `<style>\n${readFileSync(join(__dirname, "page-style.css"), "utf8")}</style>`,
    "</head>",
  ];
}

function heading(report: TraceReport, name: string): string[] {
  const { request, outcome } = report;
  const facts = [
    ["URL", request.url],
    ["Host", request.host],
    ["Started", report.startedAt],
    ["User agent", request.mark],
  ] as const;
  const link = outcome.failedAt === undefined ? "" : ` <a href="#hop-${outcome.failedAt}">Show the hop</a>`;
  return [
    "<header>",
    `<p class="origin">Trace of one request in lab ${escapeHtml(report.lab)}, stack ${escapeHtml(report.stack)}</p>`,
    `<h1>${name}</h1>`,
    `<p class="outcome ${outcome.ok ? "ok" : "failed"}">${escapeHtml(outcomeText(report))}${link}</p>`,
    `<dl class="request">`,
    ...facts.map(([label, value]) => `<div><dt>${label}</dt><dd>${escapeHtml(value)}</dd></div>`),
    "</dl>",
    "</header>",
  ];
}

function path({ hops: all }: TraceReport): string[] {
  return [
    `<section aria-labelledby="path">`,
    `<h2 id="path">Path</h2>`,
    "<figure>",
    `<div class="drawing" role="region" aria-label="Drawing of the path" tabindex="0">`,
    pathDrawing(all),
    "</div>",
    `<figcaption><ul class="legend">${LEGEND.map(legendItem).join("")}</ul></figcaption>`,
    "</figure>",
    "</section>",
  ];
}

function legendItem([kind, words]: (typeof LEGEND)[number]): string {
  const line = `<path class="line" d="M2 11H46"/>${kind === "mtls" ? `<path class="core" d="M2 11H46"/>` : ""}`;
  const lock = kind === "mtls" ? `<g transform="translate(23 11)">${LOCK}</g>` : "";
  const tip = `<path class="head" d="M52 11l-9 -5v10z"/>`;
  const sample = `<svg viewBox="0 0 54 22" aria-hidden="true"><g class="arrow ${kind}">${line}${tip}${lock}</g></svg>`;
  return `<li>${sample}${words}</li>`;
}

/** The longest address of IPv4 with its port. */
const LONGEST_ADDRESS = 21;

/** Addresses of all hops stand below each other. */
function widest(all: readonly TraceHop[], end: "source" | "destination"): number {
  return Math.min(LONGEST_ADDRESS, Math.max(0, ...all.map((hop) => hop[end]?.length ?? 0)));
}

function hops({ hops: all }: TraceReport): string[] {
  return [
    `<section aria-labelledby="hops">`,
    `<div class="bar"><h2 id="hops">Hops</h2><button type="button" id="toggle" hidden>Open all</button></div>`,
    `<div style="--source:${widest(all, "source")}ch;--destination:${widest(all, "destination")}ch">`,
    ...all.map(hopSection),
    "</div>",
    "</section>",
  ];
}
