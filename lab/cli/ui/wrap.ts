/**
 * Breaks a text between words; a word that is longer than a line is broken where the line ends.
 * @param width longest line, in characters
 */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (let word of paragraph.split(" ")) {
      if (line !== "" && line.length + 1 + word.length > width) {
        lines.push(line);
        line = "";
      }
      for (; word.length > width; word = word.slice(width)) {
        lines.push(word.slice(0, width));
      }
      line = line === "" ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines;
}

/** A path without its middle, e.g. `/home/…/bin/kubectl`: where it begins and what it ends with tell it apart. */
export function shortPath(path: string, width: number): string {
  if (path.length <= width) {
    return path;
  }
  const [, first = "", ...rest] = path.split("/");
  const start = path.startsWith("/") && first.length + 3 < width / 2 ? `/${first}/…` : "…";
  let tail = "";
  for (let index = rest.length - 1; index >= 0; index--) {
    const longer = `/${rest[index] ?? ""}${tail}`;
    if (start.length + longer.length > width) {
      break;
    }
    tail = longer;
  }
  return tail === "" ? `…${path.slice(path.length - width + 1)}` : `${start}${tail}`;
}
