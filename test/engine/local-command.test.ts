import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../support/engine";

let engine: Engine;
let file: (name: string) => string;
let text: (name: string) => string;

beforeAll(async () => {
  engine = await Engine.start();
  file = (name) => join(engine.folder, name);
  text = (name) => readFileSync(file(name), "utf8");
});

afterEach(async () => {
  engine.program("");
  expect((await engine.destroy()).code).toBe(0);
});

afterAll(() => engine.close());

describe("local commands under the real engine", () => {
  it("are created once, and a second up changes nothing", async () => {
    engine.program(`
      const a = new local.Command("a", { create: "echo made >> ${file("once")}; echo out" });
      exports.out = a.stdout;
    `);
    const first = await engine.up();
    expect(first.steps).toEqual(["create a"]);
    expect(first.output).not.toMatch(/warning|using .* from \$PATH/);
    expect(await engine.outputs()).toEqual({ out: "out" });
    const second = await engine.up();
    expect([second.code, second.steps]).toEqual([0, []]);
    expect(text("once")).toBe("made\n");
  });

  it("are updated in place, replaced by a trigger, and deleted from the state", async () => {
    const program = (word: string, trigger: string): void =>
      engine.program(`
        const a = new local.Command("a", {
          create: "echo create ${word} >> ${file("log")}", delete: "echo delete ${word} >> ${file("log")}",
          triggers: ["${trigger}"],
        });
        new local.Command("b", { create: "echo b" }, { dependsOn: a });
      `);
    program("one", "first");
    expect((await engine.up()).steps).toEqual(["create a", "create b"]);
    program("two", "first");
    expect((await engine.up()).steps).toEqual(["update a"]);
    program("two", "second");
    expect((await engine.up()).steps).toEqual(["create-replacement a", "replace a", "delete-replaced a"]);
    engine.program("");
    expect([...(await engine.up()).steps].sort()).toEqual(["delete a", "delete b"]);
    expect(text("log")).toBe("create one\ncreate two\ncreate two\ndelete two\ndelete two\n");
  });

  it("heal at the next up when one failed, and tell what failed", async () => {
    engine.program(`
      const a = new local.Command("a", { create: "true" });
      const b = new local.Command("b", { create: "echo why >&2; test -e ${file("ready")}" }, { dependsOn: a });
      new local.Command("c", { create: "true" }, { dependsOn: b });
    `);
    const failed = await engine.up();
    expect(failed.code).not.toBe(0);
    expect(failed.steps).toEqual(["create a", "create-failed b"]);
    expect(failed.output).toContain(`exit status 1: running "echo why >&2; test -e ${file("ready")}":\n    why`);
    engine.program(`
      const a = new local.Command("a", { create: "true" });
      const b = new local.Command("b", { create: "touch ${file("ready")}" }, { dependsOn: a });
      new local.Command("c", { create: "true" }, { dependsOn: b });
    `);
    expect((await engine.up()).steps).toEqual(["create b", "create c"]);
  });

  it("keep secrets out of the state and the log", async () => {
    engine.program(`
      const a = new local.Command("a", {
        create: "cat", stdin: pulumi.secret("hush-stdin"), environment: { KEY: pulumi.secret("hush-env") },
        delete: pulumi.secret("echo hush-delete"), logging: "none",
      }, { additionalSecretOutputs: ["stdout"] });
      exports.out = a.stdout;
    `);
    const run = await engine.up();
    expect(run.code).toBe(0);
    expect(await engine.outputs()).toEqual({ out: "hush-stdin" });
    expect(run.output + (await engine.exported())).not.toContain("hush");
  });

  it("show in a preview what is known, and run nothing", async () => {
    engine.program(`
      const a = new local.Command("a", { create: "echo ran; touch ${file("preview")}" });
      new local.Command("b", { create: pulumi.interpolate\`echo \${a.stdout}\`, environment: { A: a.stdout, B: "known" } });
    `);
    const preview = await engine.preview();
    expect([preview.code, preview.steps]).toEqual([0, ["create a", "create b"]]);
    expect(preview.output).toMatch(/environment\s*: \{\s+A: \[unknown\]\s+B: "known"/);
    expect(existsSync(file("preview"))).toBe(false);
  });

  it("show in a preview which part of an argument changes, and run nothing", async () => {
    const program = (value: string): void =>
      engine.program(`
        const a = new local.Command("a", { create: "echo $A >> ${file("changed")}; echo out", environment: { A: "${value}", B: "same" } });
        exports.out = a.stdout;`);
    program("one");
    expect((await engine.up()).code).toBe(0);
    program("two");
    const preview = await engine.preview();
    expect([preview.code, preview.steps]).toEqual([0, ["update a"]]);
    expect(preview.output).toMatch(/~ environment: \{\s+~ A: "one" => "two"\s+B: "same"/);
    expect(text("changed")).toBe("one\n");
  });

  it("refuse an argument that no lab uses, in one line", async () => {
    engine.program('new local.Command("a", { create: "true", dir: "/", stdin: pulumi.secret("hush") });');
    const refused = await engine.up();
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(
      /a' has a problem: dir is not served by istio-lab's command provider; labs use create, /,
    );
    expect(refused.output).not.toContain("hush");
  });

  it("keep what the program ignores", async () => {
    const program = (word: string, more = ""): void =>
      engine.program(`
        new local.Command("a", { create: "echo ${word} >> ${file("ignored")}", environment: { A: "${word}" }, stdin: "${more}" },
          { ignoreChanges: ["create", "environment"] });`);
    program("one");
    expect((await engine.up()).steps).toEqual(["create a"]);
    program("two");
    expect((await engine.up()).steps).toEqual([]);
    program("two", "more");
    expect((await engine.up()).steps).toEqual(["update a"]);
    expect(text("ignored")).toBe("one\none\n");
  });

  it("stay as they are in a refresh", async () => {
    engine.program('exports.out = new local.Command("a", { create: "echo out" }).stdout;');
    expect((await engine.up()).code).toBe(0);
    const refreshed = await engine.run(["refresh", "--yes", "--skip-preview", "--stack", "test"]).finished;
    expect([refreshed.code, await engine.outputs()]).toEqual([0, { out: "out" }]);
    expect((await engine.up()).steps).toEqual([]);
  });

  it("take lines of 200 KB", async () => {
    engine.program(`
      const a = new local.Command("a", { create: "head -c 200000 /dev/zero | tr '\\\\0' x; echo; echo end" });
      exports.length = a.stdout.apply((text) => text.length);
    `);
    expect((await engine.up()).code).toBe(0);
    expect(await engine.outputs()).toEqual({ length: 200_004 });
  });
});

describe("local commands that are interrupted", () => {
  const slow = (): void =>
    engine.program(`
      new local.Command("a", {
        stdin: "begin", // which it gets once it is guarded
        create: "read -r _; echo $$ > ${file("pid")}; sleep 600 & echo $! > ${file("child")}; wait",
      });
    `);
  const quick = (): void => engine.program('new local.Command("a", { create: "echo whole" });');
  const alive = (name: string): boolean => runs(Number(text(name)));

  it.each([
    ["SIGINT to the CLI", (pulumi: number) => process.kill(pulumi, "SIGINT")],
    ["SIGKILL to the CLI", (pulumi: number) => process.kill(pulumi, "SIGKILL")],
    [
      "SIGKILL to the plugin",
      (pulumi: number) => process.kill(childNamed(pulumi, "pulumi-resource-command"), "SIGKILL"),
    ],
  ])("by %s end with all their processes, and the next up completes", async (_how, interrupt) => {
    rmSync(file("pid"), { force: true });
    rmSync(file("child"), { force: true });
    slow();
    const up = engine.startUp();
    await expect.poll(() => existsSync(file("child")) && text("child") !== "").toBe(true);
    interrupt(up.child.pid!);
    expect((await up.finished).code).not.toBe(0);
    await expect.poll(() => alive("pid") || alive("child")).toBe(false);
    quick();
    await engine.run(["cancel", "--yes", "--stack", "test"]).finished;
    const next = await engine.up();
    expect([next.code, next.steps]).toEqual([0, ["create a"]]);
  });
});

/** Whether a process runs; one that has ended may stay as a zombie if the machine's first process does not reap. */
function runs(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

/** A child of a process whose command line names a program; any of the parent's threads may have started it. */
function childNamed(parent: number, name: string): number {
  const children = readdirSync(`/proc/${parent}/task`).flatMap((thread) =>
    readFileSync(`/proc/${parent}/task/${thread}/children`, "utf8").trim().split(" "),
  );
  const found = children.find((child) => child !== "" && readFileSync(`/proc/${child}/cmdline`, "utf8").includes(name));
  if (found === undefined) {
    throw new Error(`process ${parent} has no child ${name}`);
  }
  return Number(found);
}
