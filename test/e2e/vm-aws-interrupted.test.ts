import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AwsTestLab } from "../support/aws-test-lab";
import { hostState, type HostState } from "../support/lab";

let lab: AwsTestLab;
let before: HostState;

/** As on EC2, an instance takes its time to run, so that a kill finds it half-made. */
const PENDING_SECONDS = 4;

beforeAll(async () => {
  before = hostState();
  lab = await AwsTestLab.create("e2e-aws-killed", { pendingSeconds: PENDING_SECONDS });
}, 900_000);

afterAll(async () => {
  await lab.cleanUp();
});

const nothingIsLeft = async () => {
  expect(await lab.account.resources()).toEqual([]);
  expect(lab.processes()).toEqual([]);
  expect(hostState()).toEqual(before);
};

describe("an up on AWS that is killed", () => {
  it.each([
    ["while the network is made", "+ vm-network-vpc"],
    ["while instances are made", "+ vm-k3s-s-host-public-address-association"],
    ["while k3s is installed", "+ vm-k3s-s-host-power"],
  ])("leaves nothing after destroy: %s", async (_, afterSaying) => {
    expect(await lab.runKilled("up", lab.config, "pulumi", afterSaying)).toBeGreaterThan(1);
    expect((await lab.account.resources()).length).toBeGreaterThan(0);
    const run = await lab.run("destroy");
    expect(run.exitCode, run.stderr).toBe(0);
    await nothingIsLeft();
  });

  it("is completed by the next one, which takes over what AWS has made, and again where k3s was being installed", async () => {
    expect(
      await lab.runKilled("up", lab.config, "pulumi", "+ vm-k3s-s-host-public-address-association"),
    ).toBeGreaterThan(1);
    expect(await lab.runKilled("up", lab.config, "pulumi", "+ vm-k3s-s-host-power")).toBeGreaterThan(1);
    const up = await lab.run("up", lab.config);
    expect(up.exitCode, up.stderr).toBe(0);
    expect((await lab.account.instances()).filter(({ state }) => state === "running").length).toBe(2);
    const verdict = await lab.run("verify");
    expect(verdict.exitCode, verdict.stdout).toBe(0);
    const destroyed = await lab.run("destroy");
    expect(destroyed.exitCode, destroyed.stderr).toBe(0);
    await nothingIsLeft();
  });
});
