import type { TraceHop } from "../report";

/** A station as a column of the drawing. */
export interface Lane {
  readonly station: string;
  /** The station's name, as lines that fit. */
  readonly name: readonly string[];
  readonly x: number;
}

/** A hop at its place: in its station's lane, and as far down as the request has come. */
export interface PlacedHop {
  readonly hop: TraceHop;
  readonly lane: Lane;
  readonly x: number;
  readonly y: number;
}

/** Where everything stands, in pixels at the drawing's natural size. */
export interface DrawingLayout {
  readonly width: number;
  readonly height: number;
  readonly laneWidth: number;
  readonly gap: number;
  readonly lanes: readonly Lane[];
  readonly hops: readonly PlacedHop[];
}

/** From a lane's left edge to the middle of its hops. */
export const HOP_INSET = 28;

/** From the middle of a hop to the text beside it. */
export const TEXT_INSET = 22;

/** Width of a character of an address. */
export const CHARACTER_WIDTH = 6.7;

/** The longest address that has room: one of IPv4 with its port, and an arrow before it. */
export const MOST_CHARACTERS = 23;

/** Height of a line of a station's name. */
export const NAME_LINE = 16;

const ROW_HEIGHT = 78;
const EDGE = 1;

/**
 * Places the hops: stations side by side in the order in which the request reaches them, time from top to bottom.
 * What leads on to a later station stays in its row; everything else begins a new one, and so does what follows a way
 * back: no arrow meets a hop or another arrow.
 */
export function layOut(hops: readonly TraceHop[]): DrawingLayout {
  const ends = hops.flatMap(({ source, destination }) => [source ?? "", destination ?? ""]);
  const characters = Math.max(14, ...ends.map((end) => end.length));
  const longest = Math.min(characters, MOST_CHARACTERS) * CHARACTER_WIDTH;
  const gap = Math.ceil(longest) + 24;
  const laneWidth = Math.ceil(longest + 2 * CHARACTER_WIDTH) + HOP_INSET + TEXT_INSET + 12;
  const stations = [...new Set(hops.map(({ station }) => station))];
  const perLine = Math.floor((laneWidth - 32) / CHARACTER_WIDTH);
  const lanes = stations.map((station, index) => ({
    station,
    name: nameLines(station, perLine),
    x: EDGE + index * (laneWidth + gap),
  }));
  const head = 32 + NAME_LINE * Math.max(1, ...lanes.map(({ name }) => name.length));
  const placed: PlacedHop[] = [];
  let row = 0;
  let last = -1;
  let wentBack = false;
  for (const hop of hops) {
    const index = stations.indexOf(hop.station);
    row += index > last && !wentBack ? 0 : 1;
    wentBack = index < last;
    last = index;
    const lane = lanes[index];
    if (lane !== undefined) {
      placed.push({ hop, lane, x: lane.x + HOP_INSET, y: head + 26 + row * ROW_HEIGHT });
    }
  }
  const width = Math.max(0, lanes.length * (laneWidth + gap) - gap) + 2 * EDGE;
  return { width, height: head + 26 + row * ROW_HEIGHT + 42, laneWidth, gap, lanes, hops: placed };
}

/** A name broken behind its spaces, slashes and hyphens, and where it has none. */
function nameLines(name: string, most: number): string[] {
  const shown: string[] = [];
  let line = "";
  for (const part of name.match(new RegExp(`[^ /-]{1,${most - 1}}[ /-]?|[ /-]`, "g")) ?? []) {
    if (line !== "" && (line + part).trimEnd().length > most) {
      shown.push(line.trimEnd());
      line = "";
    }
    line += part;
  }
  return [...shown, line];
}
