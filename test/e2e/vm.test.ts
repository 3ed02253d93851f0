import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostState, TestLab, type HostState } from "../support/lab";

/** What `verify --json` prints. */
interface Verdict {
  readonly exitCode: number;
  readonly results: readonly { readonly name: string; readonly outcome: string }[];
}

/** What `up --json` prints. */
interface UpReport {
  readonly changes: Readonly<Record<string, number>>;
  readonly seconds: number;
}

const lab = new TestLab("e2e-vm");
// Beside a lab that the developer may have standing.
const config = ["-c", "portBase=32100"];
let before: HostState;

beforeAll(() => {
  before = hostState();
});

afterAll(async () => {
  await lab.cleanUp();
});

describe("the vm lab", () => {
  it("is built by one command", async () => {
    const run = await lab.run("up", config);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toContain("where the time went");
  });

  it("shows every observation of the notes", async () => {
    const { exitCode, results } = await lab.json<Verdict>("verify");
    expect(results.filter(({ outcome }) => outcome !== "pass")).toEqual([]);
    expect(results.length).toBeGreaterThan(5);
    expect(exitCode).toBe(0);
  });

  it("has nothing to change when it is built again", async () => {
    const { changes } = await lab.json<UpReport>("up");
    expect(Object.keys(changes)).toEqual(["same"]);
  });

  it("leaves nothing when it is destroyed", async () => {
    const run = await lab.run("destroy");
    expect(run.exitCode, run.stderr).toBe(0);
    expect(hostState()).toEqual(before);
    expect(lab.stateFiles()).toEqual([]);
    expect(lab.processes()).toEqual([]);
  });

  it("is not there any more: inspect and verify say so by exit code 2", async () => {
    const runs = [await lab.run("inspect"), await lab.run("verify")];
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([2, 2]);
    expect(runs[0]!.stderr).toBe("stack e2e-vm: no lab stands here; build one: npm run up\n");
  });
});
