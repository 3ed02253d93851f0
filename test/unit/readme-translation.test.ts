import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const BLOCK = /^```(\w*)\n([^]*?)^```$/gm;
const HEADING = /^(#+) (.+)$/gm;

/** What a README has that a translation does not change, by what it is. */
function fixedParts(file: string): Readonly<Record<string, readonly string[]>> {
  const text = readFileSync(file, "utf8");
  const prose = text.replace(BLOCK, "");
  const headings = [...prose.matchAll(HEADING)];
  const anchors = headings.map(([, , title = ""]) => anchorOf(title));
  return {
    "commands of the code blocks": [...text.matchAll(BLOCK)].flatMap(([, language = "", code = ""]) => [
      `block ${language}`,
      ...code.split("\n").map((line) => (language === "sh" ? line.replace(/ +# .*$/, "") : line)),
    ]),
    "levels of the headings": headings.map(([, level = ""]) => level),
    links: [...prose.matchAll(/\]\(([^)]+)\)/g)]
      .map(([, target = ""]) => (target.startsWith("#") ? `heading ${anchors.indexOf(target.slice(1))}` : target))
      .filter((target) => !/^README(\.ko)?\.md$/.test(target))
      .sort(),
    "code in the text": [...new Set([...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code))].sort(),
    "rows of the tables": (prose.match(/^\|.*\|$/gm) ?? []).map((row) => `${row.split("|").length - 2} columns`),
    figures: [...new Set(prose.replace(/`[^`\n]*`|\]\([^)]*\)/g, "").match(/\d+(?:[.-]\d+)+|\d{2,}/g))].sort(),
  };
}

/** The anchor that GitHub gives a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

describe("README.ko.md", () => {
  const [english, korean] = [fixedParts("README.md"), fixedParts("README.ko.md")];

  it.each(Object.keys(english))("has the same %s as README.md", (part) => {
    expect(english[part]?.length).toBeGreaterThan(10);
    expect(korean[part]).toEqual(english[part]);
  });

  it.each([
    ["README.md", "README.ko.md"],
    ["README.ko.md", "README.md"],
  ])("%s links to %s at its top", (file, other) => {
    expect(readFileSync(file, "utf8").split("\n").slice(0, 4).join("\n")).toContain(`](${other})`);
  });

  it.each([
    ["README.md", english],
    ["README.ko.md", korean],
  ])("%s links only to headings and files that exist", (_file, { links = [] }) => {
    expect(links.filter((link) => link === "heading -1" || !existsOrHeading(link))).toEqual([]);
  });
});

function existsOrHeading(link: string): boolean {
  return link.startsWith("heading ") || existsSync(link.replace(/#.*$/, ""));
}
