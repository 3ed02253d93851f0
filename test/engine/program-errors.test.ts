import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { Engine } from "../support/engine";

let engine: Engine;

beforeAll(async () => {
  engine = await Engine.start();
  // As the project starts its program, for a folder elsewhere.
  const { runtime } = parse(readFileSync("Pulumi.yaml", "utf8")) as {
    runtime: { name: string; options: { nodeargs: string } };
  };
  const nodeargs = runtime.options.nodeargs.replaceAll("./infra/", `${join(process.cwd(), "infra")}/`);
  const project = { name: "engine-test", runtime: { name: "nodejs", options: { ...runtime.options, nodeargs } } };
  writeFileSync(join(engine.folder, "project", "Pulumi.yaml"), stringify(project));
});

afterAll(() => engine.close());

/** Seconds that printing one error takes that has a frame of the SDK in it: about 6 each time it is printed. */
const SLOW = 6;

describe("an error that ends the program", () => {
  it.each([
    [
      "inside an apply",
      'new local.Command("a", { create: "true" }).stdout.apply(() => { throw new Error("a mistake"); });',
    ],
    [
      "of the program itself",
      'const deep = () => { throw new Error("a mistake"); }; pulumi.output(1).apply(() => 1); deep();',
    ],
    ["of an async program", 'module.exports = async () => { await null; throw new Error("a mistake"); };'],
    [
      "in a constructor below the SDK's own",
      `class Lab extends pulumi.ComponentResource {
       constructor() { super("a:b:C", "lab"); pulumi.all([this.urn]).apply(() => Promise.reject(new Error("a mistake"))); }
     }
     new Lab();`,
    ],
  ])("is printed at once: %s", async (_, text) => {
    engine.program('const quick = "quick"; exports.quick = quick;');
    const started = Date.now();
    expect((await engine.up()).code).toBe(0);
    const usual = (Date.now() - started) / 1000;
    engine.program(text);
    const again = Date.now();
    const run = await engine.up();
    expect(run.code).not.toBe(0);
    expect(run.output).toContain("Error: a mistake");
    expect(run.output).not.toContain("node_modules/@pulumi");
    // Beside the same machine's run without an error, so that a busy machine is no failure.
    // eslint-disable-next-line no-restricted-syntax -- the 13 s that Node may lose in such a stack show in nothing else
    expect((Date.now() - again) / 1000).toBeLessThan(3 * usual + SLOW);
  });
});
