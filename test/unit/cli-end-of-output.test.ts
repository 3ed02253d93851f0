import { spawn, type ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { endOfOutput } from "../../lab/cli/pulumi/end-of-output";

let child: EventEmitter & { stdout: PassThrough; stderr: PassThrough };
let hasEnded: boolean;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  hasEnded = false;
  child = Object.assign(new EventEmitter(), { stdout: new PassThrough(), stderr: new PassThrough() });
  void endOfOutput(child as unknown as ChildProcess).then(() => (hasEnded = true));
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets half a second pass; `late` is read after that by a process that got no turn before. */
async function halfASecond(late?: { from: "stdout" | "stderr" }): Promise<void> {
  vi.advanceTimersByTime(500);
  if (late) {
    child[late.from].emit("data", "last words");
  }
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}

describe("the output of a program that has exited", () => {
  it("is at its end at once when the pipes are closed", async () => {
    child.emit("close");
    await Promise.resolve();
    expect(hasEnded).toBe(true);
  });

  it("is at its end after half a second of silence if something left behind holds the pipes open", async () => {
    vi.advanceTimersByTime(499);
    await new Promise((resolve) => setImmediate(resolve));
    expect(hasEnded).toBe(false);
    await halfASecond();
    expect(hasEnded).toBe(true);
    expect([child.stdout, child.stderr, child].map((each) => each.listenerCount("data"))).toEqual([0, 0, 0]);
  });

  it.each(["stdout", "stderr"] as const)("is not cut off if %s is read late, on a busy machine", async (from) => {
    await halfASecond({ from });
    expect(hasEnded).toBe(false);
    await halfASecond();
    expect(hasEnded).toBe(true);
  });

  it("is not waited for for ever if what was left behind goes on talking", async () => {
    for (let i = 0; i < 19; i++) {
      await halfASecond({ from: "stdout" });
    }
    expect(hasEnded).toBe(false);
    await halfASecond({ from: "stdout" });
    expect(hasEnded).toBe(true);
  });

  it("is all there although nobody read it while the program ran", async () => {
    vi.useRealTimers();
    const real = spawn("bash", ["-c", "sleep 300 & printf %s $!; exit 0"], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    real.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    await once(real, "exit");
    await endOfOutput(real);
    expect(process.kill(Number(said), "SIGKILL")).toBe(true);
  });
});
