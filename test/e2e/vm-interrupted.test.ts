import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostState, TestLab, type HostState } from "../support/lab";

const lab = new TestLab("e2e-killed");
const config = ["-c", "portBase=32200"];
let before: HostState;

beforeAll(() => {
  before = hostState();
});

afterAll(async () => {
  await lab.cleanUp();
});

describe("an up that is killed", () => {
  it.each([
    ["the engine, while the VM boots", "pulumi up", "+ vm-network-create"],
    ["the command plugin, while kind works", "pulumi-resource-command", "+ vm-members-forum-vm-package"],
    ["the command line, while Istio is installed", "bootstrap.mjs up", "+ vm-metallb-install"],
    ["the kubernetes plugin, while pods start", "pulumi-resource-kubernetes", "+ vm-control-plane-install"],
    ["the engine, while the VM joins", "pulumi up", "+ vm-members-forum-vm-configuration"],
  ])("is completed by the next one, every observation holds, and nothing is left: %s", async (_, part, afterSaying) => {
    expect(await lab.runKilled("up", config, part, afterSaying)).toBeGreaterThan(0);
    const up = await lab.run("up", config);
    expect(up.exitCode, up.stderr).toBe(0);
    const verdict = await lab.run("verify");
    expect(verdict.exitCode, verdict.stdout).toBe(0);
    const destroyed = await lab.run("destroy", ["--yes"]);
    expect(destroyed.exitCode, destroyed.stderr).toBe(0);
    expect(hostState()).toEqual(before);
    expect(lab.processes()).toEqual([]);
  });

  it("leaves nothing after destroy, if no up has come after it", async () => {
    await lab.runKilled("up", config, "pulumi up", "+ vm-members-forum-vm-host-create");
    const run = await lab.run("destroy", ["--yes"]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(hostState()).toEqual(before);
    expect(lab.processes()).toEqual([]);
  });
});
