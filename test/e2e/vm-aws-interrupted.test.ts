import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AwsTestLab } from "../support/aws-test-lab";
import { internetOf } from "../support/aws/machines/index";
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
    const run = await lab.run("destroy", ["--yes"]);
    expect(run.exitCode, run.stderr).toBe(0);
    await nothingIsLeft();
  });

  it("is completed by the next one, which takes over what AWS has made, and again if k3s was being installed", async () => {
    expect(
      await lab.runKilled("up", lab.config, "pulumi", "+ vm-k3s-s-host-public-address-association"),
    ).toBeGreaterThan(1);
    expect(await lab.runKilled("up", lab.config, "pulumi", "+ vm-k3s-s-host-power")).toBeGreaterThan(1);
    const up = await lab.run("up", lab.config);
    expect(up.exitCode, up.stderr).toBe(0);
    expect((await lab.account.instances()).filter(({ state }) => state === "running").length).toBe(2);
    const verdict = await lab.run("verify");
    expect(verdict.exitCode, verdict.stdout).toBe(0);
    const destroyed = await lab.run("destroy", ["--yes"]);
    expect(destroyed.exitCode, destroyed.stderr).toBe(0);
    await nothingIsLeft();
  });
});

describe("an up on AWS whose machine cannot be set up", () => {
  it("fails with the end of cloud-init's log, and leaves nothing after destroy", async () => {
    const run = await lab.run("up", lab.config, async (_, said) => {
      await expect.poll(() => said().includes("+ vm-network-subnet-1"), { timeout: 120_000, interval: 50 }).toBe(true);
      const subnets = (await lab.account.resources()).filter(({ type }) => type === "subnet");
      const subnet = subnets.find(({ tags }) => tags["Name"] === "Istio-PublicSubnet1");
      await internetOf(lab.account.folder).setFaults(subnet?.id ?? "", [
        { url: "get.k3s.io/", status: 503, times: 99 },
      ]);
    });
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain("k3s-s: cloud-init failed: status: error; the end of /var/log/cloud-init-output.log:");
    expect(run.stderr).toContain("attempt 5 of 5 failed: curl");
    expect(run.stderr).toMatch(/terminate i-[0-9a-f]{17} and run up again/);
    const destroyed = await lab.run("destroy", ["--yes"]);
    expect(destroyed.exitCode, destroyed.stderr).toBe(0);
    await nothingIsLeft();
  });
});
