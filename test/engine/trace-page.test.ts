import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tracePage } from "../../lab/cli/trace/render/page";
import {
  expectFits,
  expectHopsVisible,
  expectNodeOpens,
  expectPrintsOpen,
  expectReadable,
  expectSelfContained,
  openPage,
  type OpenPage,
} from "../support/browser";
import { failedReport, hostileReport, sampleReport } from "../support/trace-report";

describe.each([
  ["a request that arrives", sampleReport()],
  ["a request that fails", failedReport()],
  ["a report full of markup", hostileReport()],
])("the page of %s, in Chromium", (_, report) => {
  const folder = mkdtempSync(join(tmpdir(), "istio-lab-page-"));
  let opened: OpenPage;

  beforeAll(async () => {
    const file = join(folder, "trace.html");
    writeFileSync(file, tracePage(report));
    opened = await openPage(file);
    return opened.close;
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("shows every hop", async () => {
    await expectHopsVisible(opened, report.hops.length);
  });

  it("opens the hop that failed, and no other", async () => {
    const open = await opened.page.evaluate(`[...document.querySelectorAll("details[open]")].map(({ id }) => id)`);
    expect(open).toEqual(
      report.hops.filter(({ failure }) => failure !== undefined).map(({ number }) => `hop-${number}`),
    );
  });

  it("opens hop 3 by its node in the drawing", async () => {
    await expectNodeOpens(opened, 3);
  });

  it("opens and closes all hops by one button", async () => {
    const count = `document.querySelectorAll("details[open]").length`;
    await opened.page.click("#toggle");
    expect(await opened.page.evaluate(count)).toBe(report.hops.length);
    await opened.page.waitForFunction(`document.getElementById("toggle").textContent === "Close all"`);
    await opened.page.click("#toggle");
    expect(await opened.page.evaluate(count)).toBe(0);
  });

  it.each(["light", "dark"] as const)("is readable if the user prefers %s", async (scheme) => {
    await expectReadable(opened, scheme);
  });

  it("shows the evidence as it was, character by character", async () => {
    const shown = await opened.page.evaluate(`[...document.querySelectorAll("pre")].map((pre) => pre.textContent)`);
    const said = report.hops.flatMap(({ evidence }) => evidence.map(({ text }) => text));
    expect(shown).toEqual(said.map((text) => text.replaceAll("\u001b", "\\x1b").replaceAll("\u0000", "\\x00")));
  });

  it("prints every hop open", async () => {
    await expectPrintsOpen(opened);
  });

  it("fits on a phone", async () => {
    await expectFits(opened, 390);
  });

  it("has asked for nothing but its own file, and no error was seen all the while", () => {
    expectSelfContained(opened);
  });
});
