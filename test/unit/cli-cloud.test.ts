import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { stackTags } from "../../infra/core/aws-inventory";
import { checkpointFile } from "../../lab/cli/pulumi/backend";
import type { StateResource } from "../../lab/cli/pulumi/checkpoint";
import { adoptable, type PendingOperation } from "../../lab/cli/cloud/adopt";
import { cloudResources, isPartlyDown, placeOf, powerResources, regionOf } from "../../lab/cli/cloud/state";
import type { Session } from "../../lab/cli/pulumi/session";
import { keepOverrides } from "../../lab/cli/stack/stack-project";
import { testFolder } from "../support/test-folder";

let folder: string;

beforeEach(() => {
  folder = testFolder();
  vi.stubEnv("ISTIO_LAB_STATE", folder);
});

const session = (): Session => ({
  stack: "s",
  qualifiedStack: "s",
  stackFolder: join(folder, "s"),
  owner: { stack: "s", stateId: "fedcba9876543210", stateFolder: folder },
  backend: { ownFolder: folder, environment: {} },
  platform: "aws",
  toolchain: { key: { source: "official", versionSet: "book", lab: "vm" }, isRecorded: true, wanted: { lab: "vm" } },
  env: {},
});
const provider: StateResource = {
  urn: "provider",
  type: "pulumi:providers:aws",
  inputs: { region: "us-east-1" },
};
const instance = (name: string): StateResource => ({ urn: name, type: "aws:ec2/instance:Instance" });
const power = (name: string, state: string): StateResource => ({
  urn: name,
  type: "aws:ec2transitgateway/instanceState:InstanceState",
  outputs: { state },
});

function stateOf(resources: readonly StateResource[]): Session {
  const file = checkpointFile(folder, "s");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ version: 3, checkpoint: { latest: { resources } } }));
  return session();
}

describe("a lab whose instances", () => {
  it.each([
    ["run", ["running", "running"], 2, false],
    ["are stopped in part", ["running", "stopped"], 2, true],
    ["are stopped", ["stopped", "stopped"], 2, true],
    ["are gone in part", ["running", "running"], 1, true],
  ])("%s is down: %j with %i instances", (_, states, instances, isDown) => {
    const resources = [
      provider,
      ...states.map((state, index) => power(`p${index}`, state)),
      ...Array.from({ length: instances }, (__, index) => instance(`i${index}`)),
    ];
    expect(isPartlyDown(stateOf(resources))).toBe(isDown);
  });

  it("are on AWS is told by its state: the provider is none of its resources", () => {
    const all = stateOf([provider, instance("i"), power("p", "running"), { urn: "c", type: "command:local:Command" }]);
    expect(cloudResources(all).map(({ urn }) => urn)).toEqual(["i", "p"]);
    expect(powerResources(all).map(({ urn }) => urn)).toEqual(["p"]);
  });
});

describe("what AWS knows a stack by", () => {
  const tags = { project: "istio-lab", stack: "s", "lab-id": "0123456789ab", Name: "Istio-VPC" };
  const vpc: StateResource = { urn: "v", type: "aws:ec2/vpc:Vpc", inputs: { tags } };
  const known = { project: "istio-lab", stack: "s", "lab-id": "0123456789ab" };

  it("are the tags with which its resources were made, whatever this machine is called today", () => {
    expect(placeOf(stateOf([provider, instance("i"), vpc]))).toEqual({ region: "us-east-1", tags: known });
  });

  it("are those of a resource that the state does not know yet, if it is the first", () => {
    expect(placeOf(stateOf([provider]), [{ inputs: { tags } }])).toEqual({ region: "us-east-1", tags: known });
  });

  it("are those that it would be made with, if there is none", () => {
    expect(placeOf(stateOf([provider]))?.tags).toEqual(stackTags(session().owner));
  });

  it("is nothing on this machine", () => {
    expect(placeOf(stateOf([]))).toBeUndefined();
  });
});

describe("what a killed run may have had AWS make", () => {
  const operation = (type: string, resource: string, urn = "urn"): PendingOperation => ({
    type,
    resource: { urn, type: resource, inputs: {} },
  });

  it.each([
    ["is a resource that was being made", operation("creating", "aws:ec2/vpc:Vpc"), 1],
    ["is none that was being removed", operation("deleting", "aws:ec2/vpc:Vpc"), 0],
    ["is nothing of this machine", operation("creating", "command:local:Command"), 0],
    ["is none that can be made again", operation("creating", "aws:ec2transitgateway/instanceState:InstanceState"), 0],
    ["is none in place of one that still stands", operation("creating", "aws:ec2/vpc:Vpc", "old"), 0],
  ])("%s", (_, one, count) => {
    expect(adoptable([one], [{ urn: "old" }])).toHaveLength(count);
  });
});

describe("the region of a stack", () => {
  it("is that of its provider", () => {
    expect(regionOf(stateOf([provider]))).toBe("us-east-1");
  });

  it.each([
    ["is the notes' if the configuration names none", { "istio-lab:platform": "aws" }, "ap-northeast-2"],
    ["is the one that is configured", { "istio-lab:platform": "aws", "istio-lab:region": "eu-west-1" }, "eu-west-1"],
    ["is none on this machine", { "istio-lab:platform": "local" }, undefined],
    ["is none by default", {}, undefined],
  ])("%s, also if the state is gone", (_, config, region) => {
    mkdirSync(join(folder, ".projects", "s"), { recursive: true });
    keepOverrides("s", config);
    expect(regionOf(session())).toBe(region);
  });
});
