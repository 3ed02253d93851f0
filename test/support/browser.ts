import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { launch, type Browser, type Page } from "puppeteer-core";
import { expect } from "vitest";
import { canInstallPackages, installPackages } from "../../infra/toolchain/apt";
import { findProgram } from "../../infra/core/workstation/find-program";

const PROGRAMS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Contrast that text needs at level AA. */
const LEAST_CONTRAST = 4.5;

/** A page in a browser of its own, and what it has done since it was opened. */
export interface OpenPage {
  readonly page: Page;
  /** What was opened. */
  readonly url: string;
  /** What the console showed as an error, and exceptions. */
  readonly errors: readonly string[];
  /** Every URL that was asked for. */
  readonly requests: readonly string[];
  readonly close: () => Promise<void>;
}

/**
 * Finds Chromium, and installs Debian's if there is none.
 * @returns path of the program
 * @throws Error that names the command if it cannot be installed
 */
export async function findChromium(): Promise<string> {
  const find = () => PROGRAMS.map((name) => findProgram(name)).find((file) => file !== undefined);
  const found = find();
  if (found !== undefined) {
    return found;
  }
  if (!canInstallPackages()) {
    throw new Error("Chromium is missing; install it, on Debian with: sudo apt-get install -y chromium");
  }
  await installPackages(["chromium"], "Chromium is missing", { say: (text) => process.stderr.write(`${text}\n`) });
  const installed = find();
  if (installed === undefined) {
    throw new Error(`apt-get install chromium has brought none of ${PROGRAMS.join(", ")}`);
  }
  return installed;
}

/** Opens an HTML file in headless Chromium, from its file: URL. */
export async function openPage(file: string): Promise<OpenPage> {
  return openUrl(pathToFileURL(file).href);
}

/** Opens a URL in headless Chromium. */
export async function openUrl(url: string): Promise<OpenPage> {
  const browser: Browser = await launch({ executablePath: await findChromium(), args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("request", (request) => requests.push(request.url()));
    await page.setViewport({ width: 1280, height: 900 });
    await page.goto(url);
    return { page, url, errors, requests, close: () => browser.close() };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** Zipkin's page, asked for a trace by its id as a person does, shows these services, and asks nobody but Zipkin. */
export async function expectTraceShown(
  { page, url, errors, requests }: OpenPage,
  id: string,
  services: readonly string[],
) {
  await (await page.waitForSelector('input[placeholder="Trace ID"]'))!.type(id);
  await page.keyboard.press("Enter");
  const text = "document.body.innerText";
  await page.waitForFunction(`${text}.includes(${JSON.stringify(id)}) && /total spans/i.test(${text})`);
  const shown = (await page.evaluate(text)) as string;
  expect(services.filter((name) => !shown.includes(name))).toEqual([]);
  expect(errors).toEqual([]);
  expect(requests.filter((one) => !one.startsWith(`${new URL(url).origin}/`) && !one.startsWith("data:"))).toEqual([]);
}

/** The page has asked for nothing but itself, and nothing went wrong: whatever its policy refused would be an error. */
export function expectSelfContained({ url, errors, requests }: OpenPage): void {
  expect(errors).toEqual([]);
  // A phone's viewport makes Chromium load the page once more.
  expect([...new Set(requests.map((one) => one.replace(/#.*$/, "")))]).toEqual([url]);
}

/** Every hop has a node in the drawing and a section of its own, and both can be seen. */
export async function expectHopsVisible({ page, url }: OpenPage, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => `hop-${index + 1}`);
  const seen = (selector: string, name: string) =>
    page.evaluate(`[...document.querySelectorAll('${selector}')]
      .filter((one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
      .filter((one) => one.getBoundingClientRect().width > 10 && one.getBoundingClientRect().height > 10)
      .map((one) => one.${name})`);
  expect(await seen("details > summary", "parentElement.id"), `sections of ${basename(url)}`).toEqual(numbers);
  expect(await seen("svg a", "getAttribute('href').slice(1)"), `nodes of ${basename(url)}`).toEqual(numbers);
}

/** A click on a node of the drawing, or Enter on it, opens the hop's section, also when the address names it already. */
export async function expectNodeOpens({ page }: OpenPage, number: number): Promise<void> {
  const node = `svg a[href="#hop-${number}"]`;
  const section = `document.getElementById("hop-${number}")`;
  const isShown = `(() => {
    const { top, bottom } = ${section}.querySelector("summary").getBoundingClientRect();
    const inside = ${section}.querySelector(".inside");
    return ${section}.open && inside.checkVisibility() && top >= 0 && bottom <= innerHeight;
  })()`;
  const acts = [
    () => page.click(node),
    async () => {
      await page.evaluate(`document.querySelector('${node}').focus()`);
      await page.keyboard.press("Enter");
    },
  ];
  for (const act of acts) {
    await page.evaluate(`${section}.open = false; scrollTo(0, 0)`);
    expect(await page.evaluate(isShown)).toBe(false);
    await act();
    await page.waitForFunction(isShown, { timeout: 5000 });
    expect(await page.evaluate(`document.activeElement === ${section}.querySelector("summary")`)).toBe(true);
  }
}

/** Contrast of every text with what it stands on, the lowest first; text of the drawing stands on a lane or on the page. */
const CONTRASTS = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [red, green, blue] = channels(color).map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((left, right) => left - right);
    return (light + 0.05) / (dark + 0.05);
  };
  const isOpaque = (color) => (channels(color)[3] ?? 1) === 1;
  const background = (element) => {
    const { backgroundColor } = getComputedStyle(element);
    return isOpaque(backgroundColor) ? backgroundColor : background(element.parentElement);
  };
  const grounds = (element) => {
    if (!element.closest("svg")) return [background(element)];
    const circle = element.matches(".number") && element.parentElement.querySelector("circle");
    const lane = document.querySelector("svg .lane");
    return circle ? [getComputedStyle(circle).fill] : [getComputedStyle(lane).fill, background(element.closest("svg").parentElement)];
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
  return [document.body, ...document.body.querySelectorAll(":not(script, title)")]
    .filter((element) => element === document.body || hasText(element))
    .flatMap((element) => grounds(element).map((ground) => {
      const { color, fill } = getComputedStyle(element);
      const ratio = contrast(element.closest("svg") ? fill : color, ground);
      return { ratio, text: element === document.body ? "body" : element.textContent.trim().slice(0, 40) };
    }))
    .sort((one, other) => one.ratio - other.ratio);
})()`;

/** Every text can be read in this colour scheme, and the scheme is not the other one. */
export async function expectReadable({ page }: OpenPage, scheme: "light" | "dark"): Promise<void> {
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  const contrasts = (await page.evaluate(CONTRASTS)) as { ratio: number; text: string }[];
  expect(contrasts.map(({ text }) => text)).toContain("body");
  expect(contrasts.filter(({ ratio }) => !(ratio >= LEAST_CONTRAST))).toEqual([]);
  const ground = (await page.evaluate("getComputedStyle(document.body).backgroundColor")) as string;
  const brightness = Math.max(...ground.match(/\d+/g)!.map(Number));
  expect(brightness > 127 ? "light" : "dark").toBe(scheme);
}

/** On paper every hop is open: by the style alone, and by the script that browsers call before they print. */
export async function expectPrintsOpen({ page }: OpenPage): Promise<void> {
  const close = `for (const hop of document.querySelectorAll("details")) hop.open = false`;
  const hidden = `[...document.querySelectorAll("details .inside, details dd, details pre")]
    .filter((one) => !one.checkVisibility() || one.getBoundingClientRect().height < 5)
    .map((one) => one.closest("details").id)`;
  await page.evaluate(close);
  expect(await page.evaluate(hidden)).not.toEqual([]);
  await page.emulateMediaType("print");
  expect(await page.evaluate(`document.querySelectorAll("details[open]").length`)).toBe(0);
  expect(await page.evaluate(hidden)).toEqual([]);
  await page.emulateMediaType("screen");
  await page.evaluate(`addEventListener("beforeprint", () => {
    window.printed = document.querySelectorAll("details:not([open])").length;
  })`);
  await page.pdf();
  expect(await page.evaluate("window.printed")).toBe(0);
  expect(await page.evaluate(`document.querySelectorAll("details[open]").length`)).toBe(0);
}

/** Nothing makes the page scroll sideways at this width, closed or open; the drawing scrolls by itself. */
export async function expectFits({ page }: OpenPage, width: number): Promise<void> {
  await page.setViewport({ width, height: 844, isMobile: true, hasTouch: true });
  for (const open of [false, true]) {
    await page.evaluate(`for (const hop of document.querySelectorAll("details")) hop.open = ${open}`);
    const sizes = `[document.documentElement.scrollWidth, document.body.scrollWidth, innerWidth]`;
    const [root = 0, body = 0, inner = 0] = (await page.evaluate(sizes)) as number[];
    expect(inner).toBe(width);
    expect(Math.max(root, body)).toBeLessThanOrEqual(width);
  }
  await page.setViewport({ width: 1280, height: 900 });
}
