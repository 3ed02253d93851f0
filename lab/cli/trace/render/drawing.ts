import type { TraceHop } from "../report";
import { arrow } from "./drawing-arrow";
import { layOut, NAME_LINE, TEXT_INSET, type DrawingLayout, type Lane, type PlacedHop } from "./drawing-layout";
import { escapeHtml, hopTime, KIND_NAMES } from "./format";

/** Radius of a hop. */
const RADIUS = 14;

/** The smallest that the drawing gets, as a part of its natural size; then it scrolls. */
const LEAST_SCALE = 0.85;

/** The largest likewise. */
const MOST_SCALE = 1.1;

/** The way of the request as SVG: a lane for each station, a node for each hop that links to its section. */
export function pathDrawing(hops: readonly TraceHop[]): string {
  const layout = layOut(hops);
  const { width, height } = layout;
  const size = `min-width:${Math.round(width * LEAST_SCALE)}px;max-width:${Math.round(width * MOST_SCALE)}px`;
  const arrows = layout.hops.slice(1).map((placed, index) => arrow(layout, layout.hops[index] ?? placed, placed));
  return [
    `<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="xMinYMin" style="${size}" role="group" aria-labelledby="path-title">`,
    `<title id="path-title">The path of the request, from station to station</title>`,
    `<g aria-hidden="true">`,
    ...layout.lanes.map((lane) => laneBox(lane, layout)),
    ...arrows,
    "</g>",
    ...layout.hops.map(node),
    "</svg>",
  ].join("\n");
}

function laneBox({ x, name }: Lane, { laneWidth, height }: DrawingLayout): string {
  const lines = name.map(
    (line, index) => `<text class="name" x="${x + 14}" y="${28 + index * NAME_LINE}">${escapeHtml(line)}</text>`,
  );
  const box = `<rect class="lane" x="${x}" y="1" width="${laneWidth}" height="${height - 2}" rx="10"/>`;
  return [box, ...lines].join("");
}

function node({ hop, x, y }: PlacedHop): string {
  const isFailed = hop.failure !== undefined;
  const words = `Hop ${hop.number}, ${hop.station}: ${hop.title}${isFailed ? `; failed: ${hop.failure ?? ""}` : ""}`;
  const below = isFailed ? "failed here" : hopTime(hop);
  return [
    `<a class="node${isFailed ? " failed" : ""}" href="#hop-${hop.number}" aria-label="${escapeHtml(words)}">`,
    `<title>${escapeHtml(hop.title)}</title>`,
    `<circle cx="${x}" cy="${y}" r="${RADIUS}"/>`,
    `<text class="number" x="${x}" y="${y + 4.5}">${hop.number}</text>`,
    `<text class="kind" x="${x + TEXT_INSET}" y="${y + 4.5}">${KIND_NAMES[hop.kind]}</text>`,
    ...(below === "" ? [] : [`<text class="below" x="${x + TEXT_INSET}" y="${y + 20}">${below}</text>`]),
    "</a>",
  ].join("");
}
