import { HOP_INSET, MOST_CHARACTERS, TEXT_INSET, type DrawingLayout, type PlacedHop } from "./drawing-layout";
import { escapeHtml, KIND_NAMES } from "./format";

/** From the middle of a hop to where its arrows begin and end. */
const CLEARANCE = 18;

/** Width of a character beside a hop. */
const KIND_WIDTH = 7.6;

const LOCK_BOX = "M-4.5 -1h9v6.5h-9z";
const LOCK_SHACKLE = "M-2.8 -1v-2a2.8 2.8 0 0 1 5.6 0v2";

/** A lock, drawn around the origin. */
export const LOCK = `<circle class="seal" r="9.5"/><path class="lock-box" d="${LOCK_BOX}"/><path class="lock-shackle" d="${LOCK_SHACKLE}"/>`;

interface Line {
  /** The path without its head. */
  readonly path: string;
  readonly head: string;
  readonly labels: string;
  /** Where a lock has room. */
  readonly middle: readonly [number, number];
}

/** The arrow from a hop to the next one, with the addresses that the next one sees. */
export function arrow(layout: DrawingLayout, from: PlacedHop, to: PlacedHop): string {
  const line =
    from.lane === to.lane ? down(from, to) : to.x > from.x ? onward(layout, from, to) : back(layout, from, to);
  const kind = styleOf(from, to);
  const [x, y] = line.middle;
  return [
    `<g class="arrow ${kind}">`,
    `<path class="line" d="${line.path}"/>`,
    ...(kind === "mtls" ? [`<path class="core" d="${line.path}"/>`] : []),
    `<path class="head" d="${line.head}"/>`,
    line.labels,
    ...(kind === "mtls" ? [`<g transform="translate(${x} ${y})">${LOCK}</g>`] : []),
    "</g>",
  ].join("");
}

/** A hop that cannot look into the bytes belongs to the connection that it passes on. */
function styleOf({ hop: from }: PlacedHop, { hop: to }: PlacedHop): "mtls" | "plain" | "answer" {
  if (to.kind === "response") {
    return "answer";
  }
  const security = to.security ?? (to.source === from.source ? from.security : undefined);
  return security === "mTLS" ? "mtls" : "plain";
}

/** Within a station. */
function down(from: PlacedHop, to: PlacedHop): Line {
  const { x } = to;
  const [top, bottom] = [from.y + CLEARANCE, to.y - CLEARANCE];
  const { source, destination } = to.hop;
  return {
    path: `M${x} ${top}V${bottom - 6}`,
    head: `M${x} ${bottom}l-5 -9h10z`,
    labels: [
      label(source, x + TEXT_INSET, top + 19, "start"),
      label(destination && `→ ${destination}`, x + TEXT_INSET, top + 33, "start"),
    ].join(""),
    middle: [x, (top + bottom) / 2 - 3],
  };
}

/** To a station further on: in the same row, or down to a new one first. */
function onward({ gap }: DrawingLayout, from: PlacedHop, to: PlacedHop): Line {
  const { y } = to;
  const end = to.x - CLEARANCE;
  const edge = to.lane.x;
  const start =
    from.y !== y ? `M${from.x} ${from.y + CLEARANCE}V${y - 10}a10 10 0 0 0 10 10` : `M${textEnd(from)} ${y}`;
  const { source, destination } = to.hop;
  return {
    path: `${start}H${end - 6}`,
    head: `M${end} ${y}l-9 -5v10z`,
    labels: [label(source, edge - gap + 8, y - 14, "start"), label(destination, edge - 8, y + 23, "end")].join(""),
    middle: [edge - gap / 2, y],
  };
}

/** To a station where the request has been before: down to a new row, then to the left. */
function back({ laneWidth, gap }: DrawingLayout, from: PlacedHop, to: PlacedHop): Line {
  const { y } = to;
  const end = textEnd(to);
  const edge = to.lane.x + laneWidth;
  const { source, destination } = to.hop;
  return {
    path: `M${from.x} ${from.y + CLEARANCE}V${y - 10}a10 10 0 0 1 -10 10H${end + 6}`,
    head: `M${end} ${y}l9 -5v10z`,
    labels: [label(source, edge + gap - 8, y - 14, "end"), label(destination, edge + 8, y + 23, "start")].join(""),
    middle: [edge + gap / 2, y],
  };
}

function textEnd({ hop, lane }: PlacedHop): number {
  return lane.x + HOP_INSET + TEXT_INSET + Math.ceil(KIND_NAMES[hop.kind].length * KIND_WIDTH) + 6;
}

function label(text: string | undefined, x: number, y: number, anchor: "start" | "end"): string {
  if (text === undefined) {
    return "";
  }
  const shown = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
  return `<text class="address" x="${x}" y="${y}" text-anchor="${anchor}">${escapeHtml(shown)}</text>`;
}
