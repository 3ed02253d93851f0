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
    const program = (update: string, trigger: string): void =>
      engine.program(`
        const a = new local.Command("a", {
          create: "echo create >> ${file("log")}", update: "${update}",
          delete: "echo delete $PULUMI_COMMAND_STDOUT >> ${file("log")}",
          triggers: ["${trigger}"],
        });
        new local.Command("b", { create: "echo b" }, { dependsOn: a });
      `);
    program("true", "one");
    expect((await engine.up()).steps).toEqual(["create a", "create b"]);
    program(`echo updated; echo update >> ${file("log")}`, "one");
    expect((await engine.up()).steps).toEqual(["update a"]);
    program(`echo updated; echo update >> ${file("log")}`, "two");
    expect((await engine.up()).steps).toEqual(["create-replacement a", "replace a", "delete-replaced a"]);
    engine.program("");
    expect([...(await engine.up()).steps].sort()).toEqual(["delete a", "delete b"]);
    expect(text("log")).toBe("create\nupdate\ncreate\ndelete updated\ndelete\n");
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
    expect(preview.output).toMatch(/environment: \{\s+A: \[unknown\]\s+B: "known"/);
    expect(existsSync(file("preview"))).toBe(false);
  });

  it("refuse what the official provider refuses", async () => {
    engine.program('new local.Command("a", { create: 5, interpreter: ["sh", 1] });');
    const refused = await engine.up();
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain(
      "Field 'create' on 'local.CommandInputs' must be a 'string'; got 'float64' instead",
    );
    expect(refused.output).toContain("interpreter[1]");
  });

  it("show lines of 200 KB without hanging", async () => {
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

/** Whether a process runs; one that has ended may stay as a zombie where the machine's first process does not reap. */
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
