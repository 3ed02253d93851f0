import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { failed, hostState, killNow, TestLab, type HostState, type Verdict } from "../support/lab";

/** How many runs are killed: `KILLS=3 npm run test:kills`. */
const KILLS = Number(process.env["KILLS"] ?? 12);

/** What a kill hits: the command line, Pulumi with all that it runs, one plugin, or everything at once. */
const PARTS = ["lab/cli", "pulumi up", "pulumi-resource-command", "pulumi-resource-kubernetes", ""];

/** A first `up` takes about 35 s on 2 cores; a kill comes at any time of it. */
const LONGEST_SECONDS = 40;

const lab = new TestLab("e2e-kills");
const words = ["vm", "-c", "portBase=32400"];
let before: HostState;

beforeAll(() => {
  before = hostState();
});
afterAll(async () => {
  await lab.cleanUp();
  expect(hostState()).toEqual(before);
});

/** Kills a part of `up` at a random moment, or as soon as it is there. */
async function killSomewhere(): Promise<string> {
  const part = PARTS[randomInt(PARTS.length)] ?? "";
  const seconds = randomInt(10, LONGEST_SECONDS * 10) / 10;
  let killed = 0;
  const run = await lab.run("up", words, async () => {
    await pause(seconds * 1000);
    do {
      killed = killNow(lab.processesOf(part));
      await pause(50);
    } while (killed === 0 && lab.processesOf("lab/cli").length > 0);
  });
  return `${part || "everything"} after ${seconds} s: ${killed} processes, exit code ${run.exitCode}`;
}

it.each(Array.from({ length: KILLS }, (_, index) => index + 1))(
  "an up that is killed at a random moment is completed by the next up: kill %i",
  async () => {
    const kill = await killSomewhere();
    const run = await lab.run("up", words);
    console.info(`${kill}; the next up: exit code ${run.exitCode}, ${run.seconds} s`);
    expect(run.exitCode, `${kill}\n${run.stderr}`).toBe(0);
    const verdict = await lab.json<Verdict>("verify");
    expect([failed(verdict), verdict.exitCode], kill).toEqual([[], 0]);
    expect((await lab.run("destroy", ["--yes"])).exitCode, kill).toBe(0);
  },
);
