import { spawn, type ChildProcess } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { acquireLock, lockHolder } from "../../infra/core/lock";
import { identityOf } from "../../infra/core/workstation/processes";
import { placeOfThis } from "../../infra/core/workstation/process-place";
import { findFinished, runSteps, StepError } from "../../infra/toolchain/runner";
import { StepProblem, type Step, type StepContext } from "../../infra/toolchain/step";
import { planSteps, withoutSteps } from "../../infra/toolchain/step-graph";
import { suspendedProcess } from "../support/suspended";
import { TestClock } from "../support/test-clock";
import { testFolder } from "../support/test-folder";

let cache: string;
let shown: string;
const output = { write: (text: string) => (shown += text) };

beforeEach(() => {
  cache = testFolder();
  shown = "";
});

function step(name: string, run: (context: StepContext) => Promise<void>, more: Partial<Step> = {}): Step {
  return { name, title: `making ${name}`, needs: [], inputs: [], weight: "build", run, ...more };
}

function writes(name: string, more: Partial<Step> = {}): Step {
  const write = (context: StepContext): Promise<void> => {
    writeFileSync(join(context.out, "made"), name);
    return Promise.resolve();
  };
  return step(name, write, more);
}

describe("what a symbolic link in the cache leads to", () => {
  let elsewhere: string;
  beforeEach(() => {
    elsewhere = testFolder();
    writeFileSync(join(elsewhere, "mine"), "mine");
  });

  it.each(["store", "partial", "work", "logs", "running", "work/a"])("stays as it is: %s is refused", async (name) => {
    mkdirSync(join(cache, "work"));
    rmSync(join(cache, name), { recursive: true, force: true });
    symlinkSync(elsewhere, join(cache, name));
    await expect(runSteps({ cache, steps: [writes("a")], output })).rejects.toThrow(
      `${join(cache, name)}: is a symbolic link, and its target would be changed; remove it, or move the whole cache and name it in ISTIO_LAB_CACHE`,
    );
    expect(readdirSync(elsewhere)).toEqual(["mine"]);
  });

  it("stays as it is, if it stands where a log is to be: the log takes its place", async () => {
    mkdirSync(join(cache, "logs"));
    symlinkSync(join(elsewhere, "mine"), join(cache, "logs", "a.log"));
    const logs = (context: StepContext): Promise<void> => {
      context.note("said");
      return Promise.resolve();
    };
    await runSteps({ cache, steps: [step("a", logs)], output });
    expect(readFileSync(join(elsewhere, "mine"), "utf8")).toBe("mine");
    expect(readFileSync(join(cache, "logs", "a.log"), "utf8")).toContain("said");
  });
});

describe("the order of steps", () => {
  it("puts every step after what it needs and keeps the given order elsewhere", () => {
    const plan = planSteps([
      writes("c", { needs: ["a", "b"] }),
      writes("b", { needs: ["a"] }),
      writes("a"),
      writes("d"),
    ]);
    expect(plan.map((planned) => planned.step.name)).toEqual(["a", "b", "c", "d"]);
  });

  it.each([
    ["a name is given twice", [writes("a"), writes("a")], 'toolchain step "a" is given twice'],
    ["a need is unknown", [writes("a", { needs: ["x"] })], 'toolchain step "a" needs "x", which is no step'],
    [
      "steps need each other",
      [writes("a", { needs: ["b"] }), writes("b", { needs: ["a"] })],
      "toolchain steps need each other: a -> b -> a",
    ],
  ])("refuses steps if %s", (_, steps, message) => {
    expect(() => planSteps(steps)).toThrow(new Error(message));
  });

  it("changes the key of a step with its inputs and with the keys of its needs, and with nothing else", () => {
    const keys = (version: string, title: string) =>
      planSteps([
        writes("base", { inputs: [version], title }),
        writes("top", { needs: ["base"] }),
        writes("other", { title }),
      ]).map((planned) => planned.key);
    const before = keys("1", "x");
    expect(keys("1", "another title")).toEqual(before);
    const after = keys("2", "x");
    expect(after.map((key, index) => key === before[index])).toEqual([false, false, true]);
  });

  it("leaves out a step with what only it needs, but never one that another needs", () => {
    const all = [
      writes("shared"),
      writes("own"),
      writes("kind", { needs: ["shared", "own"] }),
      writes("node", { needs: ["shared"] }),
    ];
    expect(withoutSteps(all, ["kind"]).map(({ name }) => name)).toEqual(["shared", "node"]);
    expect(withoutSteps(all, ["shared"]).map(({ name }) => name)).toEqual(["shared", "own", "kind", "node"]);
  });
});

describe("a set-up", () => {
  it("hands each step the folders of what it needs and keeps every result", async () => {
    const top = step(
      "top",
      (context) => {
        writeFileSync(join(context.out, "made"), readFileSync(join(context.result("base"), "made")));
        return Promise.resolve();
      },
      { needs: ["base"] },
    );
    const result = await runSteps({ cache, output, steps: [top, writes("base")] });
    expect(readFileSync(join(result.folder("top"), "made"), "utf8")).toBe("base");
    expect([...result.seconds.keys()]).toEqual(["base", "top"]);
    expect(readdirSync(join(cache, "partial"))).toEqual([]);
    expect(readdirSync(join(cache, "work"))).toEqual([]);
  });

  it("refuses to hand out the folder of a step that is not named in needs", async () => {
    const nosy = step("nosy", (context) => Promise.resolve(void context.result("base")));
    await expect(runSteps({ cache, output, steps: [writes("base"), nosy] })).rejects.toThrow(
      'step "nosy" reads "base" without naming it in needs',
    );
  });

  it("runs nothing the second time, and only what changed and its dependents the third", async () => {
    const steps = (version: string) => [writes("a", { inputs: [version] }), writes("b", { needs: ["a"] }), writes("c")];
    expect(await findFinished(cache, steps("1"))).toBeUndefined();
    await runSteps({ cache, output, steps: steps("1") });
    expect(await findFinished(cache, steps("1"))).toBeDefined();
    expect((await runSteps({ cache, output, steps: steps("1") })).seconds.size).toBe(0);
    expect([...(await runSteps({ cache, output, steps: steps("2") })).seconds.keys()]).toEqual(["a", "b"]);
  });

  it("makes a step again whose work outside its folder is gone", async () => {
    let whole = true;
    const image = writes("image", { isWhole: () => Promise.resolve(whole) });
    await runSteps({ cache, output, steps: [image] });
    whole = false;
    expect([...(await runSteps({ cache, output, steps: [image] })).seconds.keys()]).toEqual(["image"]);
    expect(readdirSync(join(cache, "partial"))).toEqual([]);
  });

  it("runs builds one at a time and fetches beside them", async () => {
    const running = { build: 0, fetch: 0 };
    const most = { build: 0, fetch: 0 };
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const timed = (name: string, weight: "build" | "fetch") =>
      step(
        name,
        async () => {
          running[weight] += 1;
          most[weight] = Math.max(most[weight], running[weight]);
          await gate;
          running[weight] -= 1;
        },
        { weight },
      );
    const names = ["1", "2", "3", "4"];
    const steps = [
      ...names.map((name) => timed(`b${name}`, "build")),
      ...names.map((name) => timed(`f${name}`, "fetch")),
    ];
    const ended = runSteps({ cache, output, steps });
    await until(() => running.build === 1 && running.fetch === 3);
    open();
    await ended;
    expect(most).toEqual({ build: 1, fetch: 3 });
  });

  it("says in three lines what only the user can change", async () => {
    const problem = () => Promise.reject(new StepProblem("the registry says no", "log in: docker login"));
    const error = await runSteps({ cache, steps: [step("image", problem)], output }).catch((reason: unknown) => reason);
    expect((error as StepError).message.split("\n")).toEqual([
      "making image: the registry says no",
      "  log in: docker login",
      "  finished steps are kept; when the cause is repaired, continue with: npm run lab -- setup",
    ]);
  });

  it.each([
    ["Node.js", "ENOSPC: no space left on device, write"],
    ["Node.js of a quota", "EDQUOT: disk quota exceeded, write"],
    [
      "a program",
      "tar -xzf a.tar.gz: exit code 2\n    tar: b: Cannot write: No space left on device\n    tar: Exiting",
    ],
  ])("says in three lines that the disk is full, as %s does", async (_, said) => {
    const full = () => Promise.reject(new Error(said));
    const error = await runSteps({ cache, steps: [step("file", full)], output }).catch((reason: unknown) => reason);
    const lines = (error as StepError).message.split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^making file: the disk is full: .*(no space left on device|quota exceeded)/i);
    expect(lines[1]).toBe(
      `  make room where the cache is (df -h ${cache}) or where the engine keeps images (docker system df)`,
    );
  });

  it("tells a step each line of its program when that line is whole", async () => {
    const lines: string[] = [];
    const talks = async (context: StepContext): Promise<void> => {
      const text = "printf one; sleep 0.1; printf ' more\\ntwo\\n'; printf three >&2";
      await context.exec("sh", ["-c", text], { onLine: (line) => lines.push(line) });
    };
    await runSteps({ cache, steps: [step("talker", talks)], output });
    expect(lines).toEqual(["one more", "two"]);
  });

  it("fails with the step, the end of its output, its log and how to go on, and keeps what was finished", async () => {
    const broken = step(
      "broken",
      async (context) => {
        await context.exec("sh", ["-c", "for i in $(seq 40); do echo line $i; done; echo the cause >&2; exit 3"]);
      },
      { needs: ["good"] },
    );
    const error = await runSteps({ cache, output, steps: [writes("good"), broken] }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StepError);
    const lines = (error as StepError).message.split("\n");
    expect(lines[0]).toBe("making broken: failed");
    expect(lines[1]).toMatch(/^ {2}sh -c for i in .*: exit code 3$/);
    expect(lines).toContain("      the cause");
    expect(lines).not.toContain("      line 20");
    expect(lines.at(-2)).toBe(`  its whole log: ${join(cache, "logs", "broken.log")}`);
    expect(lines.at(-1)).toContain("npm run lab -- setup");
    expect(readFileSync(join(cache, "logs", "broken.log"), "utf8")).toContain("line 20\n");
    expect([
      ...(
        await runSteps({ cache, output, steps: [writes("good"), writes("broken", { needs: ["good"] })] })
      ).seconds.keys(),
    ]).toEqual(["broken"]);
  });

  it("names a program that is not on this machine", async () => {
    const broken = step("broken", async (context) => {
      await context.exec("no-such-program", ["x"]);
    });
    await expect(runSteps({ cache, output, steps: [broken] })).rejects.toThrow(
      'the program "no-such-program" is not on this machine',
    );
  });

  it("sends input, environment and folder to a program and gives its stdout, but not its stderr", async () => {
    let answer = "";
    const asks = step("asks", async (context) => {
      answer = await context.exec("sh", ["-c", "cat; echo $NAME; pwd; echo hidden >&2"], {
        input: "in ",
        env: { NAME: "value" },
        cwd: context.out,
      });
    });
    await runSteps({ cache, output, steps: [asks] });
    expect(answer).toMatch(/^in value\n\/.*\/partial\/asks-[^\n]+\n$/);
  });

  it("ends what runs when it is aborted, keeps no half result, and says why", async () => {
    const stop = new AbortController();
    const pidFile = join(cache, "pid");
    const slow = step("slow", async (context) => {
      writeFileSync(join(context.out, "half"), "");
      await context.exec("sh", ["-c", 'sleep 300 & echo $! >"$PID_FILE"; wait'], { env: { PID_FILE: pidFile } });
    });
    const ended = runSteps({
      ...{ cache, output, signal: stop.signal },
      steps: [slow, writes("never", { needs: ["slow"] })],
    });
    ended.catch(() => undefined);
    await until(() => read(pidFile) !== "");
    stop.abort(new Error("interrupted"));
    await expect(ended).rejects.toThrow("interrupted");
    expect(readdirSync(join(cache, "partial"))).toEqual([]);
    expect(readdirSync(join(cache, "store"))).toEqual([]);
    expect(readdirSync(join(cache, "running"))).toEqual([]);
    await until(() => identityOf(Number(readFileSync(pidFile, "utf8"))) === undefined);
    expect(existsSync(join(cache, "setup.lock"))).toBe(false);
  });

  it("says of another set-up that is suspended what lets it go on, while it waits", async () => {
    const holder = await suspendedProcess();
    writeFileSync(join(cache, "setup.lock"), JSON.stringify(holder));
    const stop = new AbortController();
    const waits = runSteps({ cache, output, steps: [writes("never")], signal: stop.signal });
    waits.catch(() => undefined);
    await until(() => shown.includes("Ctrl-C"));
    stop.abort();
    await expect(waits).rejects.toThrow("aborted");
    const id = String(holder.pid);
    expect(shown).toBe(
      `another set-up runs (process ${id}): it is suspended: continue it: kill -CONT ${id}, or end it: kill -9 ${id}, Ctrl-C to give up\n`,
    );
  });

  it("ends the other steps when one fails", async () => {
    const begun = join(cache, "begun");
    const sleeps = async (context: StepContext): Promise<void> => {
      await context.exec("sh", ["-c", 'touch "$BEGUN"; exec sleep 300'], { env: { BEGUN: begun } });
    };
    const slow = step("slow", sleeps, { weight: "fetch" });
    const broken = step("broken", async () => {
      await until(() => existsSync(begun));
      throw new Error("no luck");
    });
    await expect(runSteps({ cache, output, steps: [slow, broken] })).rejects.toThrow(
      /^making broken: failed\n {2}no luck\n/,
    );
    expect(shown).toMatch(/failed {2}making broken/);
    expect(shown).toMatch(/stopped making slow/);
  });

  it("removes other versions of its steps that nobody used for two weeks, and nothing else", async () => {
    const steps = (version: string) => [writes("a", { inputs: [version] })];
    const folder = async (version: string) => (await runSteps({ cache, output, steps: steps(version) })).folder("a");
    const age = (path: string, days: number) => {
      const then = Date.now() / 1_000 - days * 86_400;
      utimesSync(path, then, then);
    };
    const [old, recent, used] = [await folder("old"), await folder("recent"), await folder("used")];
    const [other] = [(await runSteps({ cache, output, steps: [writes("b")] })).folder("b")];
    age(old, 15);
    age(recent, 13);
    age(used, 15);
    age(other, 15);
    await findFinished(cache, steps("used"));
    await folder("new");
    expect([old, recent, used, other].map((path) => existsSync(path))).toEqual([false, true, true, true]);
  });

  it("keeps its folders to the user", async () => {
    await runSteps({ cache: join(cache, "deep"), output, steps: [writes("a")] });
    for (const folder of ["", "store", "partial", "logs", "work"]) {
      expect(statSync(join(cache, "deep", folder)).mode & 0o777).toBe(0o700);
    }
  });
});

describe("a set-up that is killed", () => {
  it("is completed by the next one at whatever step the kill hits, and nothing of it goes on", async () => {
    const journal = join(cache, "journal");
    for (const hit of ["one", "two", "three"]) {
      rmSync(`${journal}.pids`, { force: true });
      const child = startChild(journal, "one", "two", "three");
      await until(() => read(journal).includes(`start ${hit}\n`) && read(`${journal}.pids`) !== "");
      await until(() => readdirSync(join(cache, "running")).filter((name) => /^\d+$/.test(name)).length === 1);
      child.kill("SIGKILL");
      await ended(child);
      const program = Number(read(`${journal}.pids`).trim().split("\n").at(-1));
      expect(identityOf(program)).toBeDefined();
      expect(readdirSync(join(cache, "partial"))).toHaveLength(1);
      await finishOnly(journal, hit);
      expect(identityOf(program)).toBeUndefined();
      rmSync(journal);
    }
    expect(await output3(journal)).toBe("made ");
    for (const folder of readdirSync(join(cache, "store"))) {
      expect(readdirSync(join(cache, "store", folder)).sort()).toEqual(["first", "second"]);
    }
    expect(readdirSync(join(cache, "partial"))).toEqual([]);
  }, 600_000);

  /** Runs a set-up until the step that was hit is in the store, then kills that set-up too. */
  async function finishOnly(journal: string, hit: string): Promise<void> {
    const child = startChild(journal, ...["one", "two", "three"].filter((name) => name !== hit));
    await until(
      () =>
        read(journal).includes(`end ${hit}\n`) &&
        readdirSync(join(cache, "store")).some((name) => name.startsWith(hit)),
    );
    if (hit !== "three") {
      // The one that was killed, the same step again, and the next one, which has to have noted its id before anybody looks for others.
      await until(() => read(`${journal}.pids`).split("\n").length === 4);
      child.kill("SIGKILL");
    }
    await ended(child);
  }

  async function output3(journal: string): Promise<string> {
    const child = startChild(journal);
    let text = "";
    child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
    await ended(child);
    return text.trimEnd() + (text.trimEnd() === "made" ? " " : "");
  }

  function startChild(journal: string, ...endless: readonly string[]): ChildProcess {
    const script = join(__dirname, "..", "support", "toolchain-child.ts");
    return spawn(process.execPath, ["--import", "tsx", script, cache, journal, ...endless], {
      stdio: ["ignore", "pipe", "ignore"],
    });
  }
});

describe("the lock", () => {
  const file = () => join(cache, "setup.lock");

  it("makes a second one wait until the first is released", async () => {
    const first = await acquireLock(file());
    const order: string[] = [];
    const second = acquireLock(file(), {
      clock: new TestClock(1, (count) => {
        order.push(`looks again ${String(count)}`);
        if (count === 2) {
          order.push("release");
          first.release();
        }
      }),
      onWait: ({ pid }) => order.push(`waits for ${String(pid)}`),
    }).then((lock) => {
      order.push("has it");
      return lock;
    });
    const lock = await second;
    expect(order).toEqual([`waits for ${String(process.pid)}`, "looks again 1", "looks again 2", "release", "has it"]);
    expect(lock.takenOver).toBe(false);
    lock.release();
    expect(existsSync(file())).toBe(false);
  });

  it.each([
    ["whose process is gone", () => JSON.stringify({ pid: 2 ** 22 + 1, started: "1" })],
    ["whose process id belongs to another process by now", () => JSON.stringify({ pid: process.pid, started: "1" })],
    [
      "of an earlier run of the machine, in which this process has the same id",
      () => JSON.stringify({ ...identityOf(process.pid), ...placeOfThis(), boot: "an earlier one" }),
    ],
    ["that cannot be read", () => "{"],
  ])("is taken over from a holder %s", async (_, content) => {
    writeFileSync(file(), content());
    const lock = await acquireLock(file());
    expect(lock.takenOver).toBe(true);
    expect(JSON.parse(readFileSync(file(), "utf8"))).toEqual({ ...identityOf(process.pid), ...placeOfThis() });
    lock.release();
  });

  it("is not waited for if its holder is a process of another container, which cannot be seen", async () => {
    const holder = { pid: 7, started: "1", ...placeOfThis(), pidNamespace: "pid:[7]" };
    writeFileSync(file(), JSON.stringify(holder));
    await expect(acquireLock(file(), { clock: new TestClock(1, () => expect.fail("waits")) })).rejects.toThrow(
      `${file()}: istio-lab (process 7 of pid:[7]) holds it in another container, where it cannot be seen from here; wait until it ends, or if it has ended, remove that file`,
    );
    expect([lockHolder(file()), JSON.parse(readFileSync(file(), "utf8"))]).toEqual([holder, holder]);
  });

  it.each([
    ["an earlier istio-lab wrote, of a process that runs", {}, 1],
    ["the same place wrote, of a process that runs", placeOfThis(), 1],
    ["only tells its run of the machine", { boot: placeOfThis().boot }, 1],
  ])("is held by a note that %s", (_, place, count) => {
    writeFileSync(file(), JSON.stringify({ ...identityOf(process.pid), ...place }));
    expect([lockHolder(file())].filter(Boolean)).toHaveLength(count);
  });

  it("gives up waiting when it is aborted", async () => {
    const first = await acquireLock(file());
    const stop = new AbortController();
    const waiting = acquireLock(file(), { signal: stop.signal, onWait: () => setImmediate(() => stop.abort()) });
    await expect(waiting).rejects.toThrow(/abort/i);
    first.release();
  });

  it("does not release what another holds by now", async () => {
    const lock = await acquireLock(file());
    writeFileSync(file(), JSON.stringify({ pid: 1, started: "other" }));
    lock.release();
    expect(existsSync(file())).toBe(true);
  });
});

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`not so within 60 s: ${holds.toString()}`);
    await sleep(20);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null)
    await new Promise((resolve) => child.once("close", resolve));
}
