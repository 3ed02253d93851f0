import { describe, expect, it } from "vitest";
import { instanceProcessor } from "../../infra/core/aws-places";
import { machineProcessor, processorNamed } from "../../infra/core/processor";
import type { ToolchainManifest } from "../../infra/core/toolchain-manifest";
import { officialLab } from "../support/lab-needs";
import { versionTable } from "../../infra/core/versions";
import { officialSteps } from "../../infra/toolchain/official/steps";
import { LabConfigError } from "../../lab/config/lab-config";
import { hostFilesOf } from "../../lab/program/context";
import { toolchain } from "../support/toolchain";

const own = { metallbManifest: "/m", istioSamples: "/s", istioSidecarPackage: "/own.deb", forumBinary: "/own" };
const other = { istioSidecarPackage: "/other.deb", forumBinary: "/other" };
const official: ToolchainManifest = { ...toolchain, source: "official", files: own, processor: "arm64" };

describe("what a host gets that joins the mesh", () => {
  it("is for its own processor, not for this machine's", () => {
    const both = { ...official, hostFiles: { amd64: other } };
    expect(hostFilesOf(both, { name: "forum-vm", processor: "amd64" })).toEqual(other);
    expect(hostFilesOf(both, { name: "forum-vm", processor: "arm64" })).toEqual(own);
  });

  it("is this machine's if the toolchain does not say for which processor it is", () => {
    const { processor: _, ...older } = official;
    expect(hostFilesOf(older, { name: "forum-vm", processor: machineProcessor() })).toEqual(own);
  });

  it.each([
    [
      "registry",
      "package registries give what is built here, for arm64 alone: use a machine with the same processor, or ISTIO_LAB_SOURCE=official",
    ],
    ["official", "build the lab by the command line, which fetches it"],
  ] as const)("is missed by name in %s mode if there is nothing for it", (source, remedy) => {
    const missing = () => hostFilesOf({ ...official, source }, { name: "forum-vm", processor: "amd64" });
    expect(missing).toThrow(LabConfigError);
    expect(missing).toThrow(
      `forum-vm has the processor amd64, and the toolchain on this machine has no sidecar for it; ${remedy}`,
    );
  });

  const versions = versionTable.book;
  it.each([
    ["an arm64 laptop, for labs on it", { platform: "darwin-arm64" }, ["forum", "istio-sidecar"]],
    [
      "an arm64 laptop, for a lab on AWS",
      { platform: "darwin-arm64", cloud: true },
      ["forum", "forum-amd64", "istio-sidecar", "istio-sidecar-amd64"],
    ],
    ["an amd64 laptop, for a lab on AWS", { platform: "linux-x64", cloud: true }, ["forum", "istio-sidecar"]],
    [
      "an amd64 laptop whose engine is for arm64, for a lab on AWS",
      { platform: "linux-x64", engineProcessor: "arm64", cloud: true },
      ["forum", "forum-amd64", "istio-sidecar", "istio-sidecar-amd64"],
    ],
  ] as const)("is fetched by %s for the processors that there will be", (_, machine, wanted) => {
    const steps = officialSteps({ versions, lab: officialLab("vm"), ...machine });
    expect(
      steps
        .map(({ name }) => name)
        .filter((name) => /^(forum|istio-sidecar)/.test(name))
        .sort(),
    ).toEqual(wanted);
  });

  it("is fetched under another key for each processor", () => {
    const sidecar = (engineProcessor: "amd64" | "arm64") =>
      officialSteps({ versions, lab: officialLab("vm"), platform: "linux-x64", engineProcessor }).find(
        ({ name }) => name === "istio-sidecar",
      )?.inputs;
    expect(sidecar("amd64")).not.toEqual(sidecar("arm64"));
  });
});

describe("a processor", () => {
  it.each([
    ["t3.small", "amd64"],
    ["m7i-flex.large", "amd64"],
    ["t4g.small", "arm64"],
    ["m7gd.large", "arm64"],
    ["a1.medium", "arm64"],
  ] as const)("of EC2's %s is %s", (type, wanted) => {
    expect(instanceProcessor(type)).toBe(wanted);
  });

  it.each([
    ["x64", "amd64"],
    ["x86_64", "amd64"],
    ["amd64", "amd64"],
    ["aarch64", "arm64"],
    ["arm64", "arm64"],
    ["riscv64", undefined],
    ["", undefined],
  ])("that is called %s is %s", (name, wanted) => {
    expect(processorNamed(name)).toBe(wanted);
  });
});
