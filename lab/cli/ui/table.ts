import { shortPath, wrap } from "./wrap";

/**
 * How the cells of a column give way if the lines of a table are wider than the terminal: `text` is wrapped between words, `path` loses its
 * middle, `word` stays as it is, and `line`, which is for pasting, gets a line of its own. A table has one column of lines at most.
 */
export type ColumnKind = "text" | "path" | "word" | "line";

/** How a table is shown. */
export interface TableOptions {
  /** Names of the columns, in capitals. Default: none are shown. */
  readonly header?: readonly string[];
  /** Characters in a line of the terminal. Default: no limit, for what is no terminal. */
  readonly width?: number;
  /** Kinds of the columns. Default: all `text`. */
  readonly kinds?: readonly ColumnKind[];
}

const INDENT = "  ";
const GAP = "  ";

/** Narrower than this a column is harder to read than a line that the terminal breaks; in characters. */
const LEAST = 12;

/** Room for the beginning and the end of most paths, in characters. */
const PATH_COMFORT = 24;

interface Column {
  readonly kind: ColumnKind;
  /** In characters. */
  readonly width: number;
  /** Least width at which no word of the column has to be broken. */
  readonly comfort: number;
}

/** Columns of text, each as wide as its widest cell if there is room. */
export function table(rows: readonly (readonly string[])[], options: TableOptions = {}): string {
  return tableRows(rows, options).flat().join("\n");
}

/**
 * The same by rows, for a caller that colours them or puts something between them.
 * @returns the lines of the header, if there is one, then those of each row
 */
export function tableRows(
  rows: readonly (readonly string[])[],
  { header, width = Number.POSITIVE_INFINITY, kinds = [] }: TableOptions = {},
): readonly (readonly string[])[] {
  const all = header ? [header, ...rows] : rows;
  const columns = columnsOf(all, kinds);
  const room = width - INDENT.length;
  if (total(columns) <= room) {
    return all.map((row) => [joined(row, columns)]);
  }
  const line = columns.findIndex(({ kind }) => kind === "line");
  const least = total(columns.map((column) => ({ ...column, width: leastWidth(column) })));
  return line === -1 || least <= room
    ? all.map((row) => laidOut(row, fitted(columns, room)))
    : all.map((row) => stacked(row, columns, line, room));
}

/** A row whose line for pasting has no room beside the other cells: it stands below what comes before it, and above what comes behind. */
function stacked(row: readonly string[], columns: readonly Column[], line: number, room: number): readonly string[] {
  const part = (from: number, to: number, indent: number) => {
    const cells = row.slice(from, to);
    const lines = laidOut(cells, fitted(columns.slice(from, to), room - indent));
    return cells.every((cell) => cell === "") ? [] : lines.map((text) => `${" ".repeat(indent)}${text}`);
  };
  const indent = line === 0 ? 0 : 2;
  return [...part(0, line, 0), ...part(line, line + 1, indent), ...part(line + 1, row.length, indent + 4)];
}

/** The cells of a row side by side, each in as many lines as it needs. */
function laidOut(row: readonly string[], columns: readonly Column[]): readonly string[] {
  const cells = row.map((cell, index) => {
    const { width, kind } = columns[index] ?? { width: cell.length, kind: "word" as const };
    return kind === "text" ? wrap(cell, width) : [kind === "path" ? shortPath(cell, width) : cell];
  });
  const height = Math.max(0, ...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, index) =>
    joined(
      cells.map((lines) => lines[index] ?? ""),
      columns,
    ),
  );
}

function joined(cells: readonly string[], columns: readonly Column[]): string {
  const padded = cells.map((cell, index) =>
    index === cells.length - 1 ? cell : cell.padEnd(columns[index]?.width ?? 0),
  );
  return `${INDENT}${padded.join(GAP)}`.trimEnd();
}

function columnsOf(rows: readonly (readonly string[])[], kinds: readonly ColumnKind[]): readonly Column[] {
  const longest = (texts: readonly string[]) => texts.reduce((most, text) => Math.max(most, text.length), 0);
  const count = rows.reduce((most, row) => Math.max(most, row.length), 0);
  return Array.from({ length: count }, (_, index) => {
    const cells = rows.map((row) => row[index] ?? "");
    const words = cells.flatMap((cell) => cell.split(/\s/));
    const kind = kinds[index] ?? "text";
    return { kind, width: longest(cells), comfort: kind === "path" ? PATH_COMFORT : longest(words) };
  });
}

function total(columns: readonly Column[]): number {
  return columns.reduce((sum, { width }) => sum + width, 0) + GAP.length * Math.max(0, columns.length - 1);
}

function leastWidth({ width, kind }: Column): number {
  return kind === "text" || kind === "path" ? Math.min(width, LEAST) : width;
}

/** Takes from the widest columns until all have room: first as much as breaks no word, then what is left to take. */
function fitted(columns: readonly Column[], room: number): readonly Column[] {
  const comfortable = shrunk(columns, room, (column) => Math.max(leastWidth(column), column.comfort));
  return shrunk(comfortable, room, leastWidth);
}

function shrunk(columns: readonly Column[], room: number, least: (column: Column) => number): readonly Column[] {
  let result = columns;
  while (total(result) > room) {
    const widest = result
      .filter((column) => column.width > least(column))
      .reduce<Column | undefined>((best, column) => (best && best.width >= column.width ? best : column), undefined);
    if (widest === undefined) {
      break;
    }
    result = result.map((column) => (column === widest ? { ...column, width: column.width - 1 } : column));
  }
  return result;
}
