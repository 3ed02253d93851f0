import { chmodSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ensureOwner, readOwner } from "../../infra/core/state-folders";
import { assertSameLab, heldLab } from "../../lab/cli/stack/lab-of-stack";
import { assertNotMoved } from "../../lab/cli/pulumi/moved-state";
import { openSession } from "../../lab/cli/pulumi/session";
import { checkpoint } from "../support/command-line";
import { testFolder } from "../support/test-folder";

let folder: string;
const state = () => join(folder, "state");

beforeEach(() => {
  folder = testFolder();
  vi.stubEnv("ISTIO_LAB_STATE", state());
  ensureOwner("dev");
});

/** Makes a stack whose state holds a resource of that type. */
function standing(type: string): void {
  mkdirSync(join(state(), ".pulumi", "stacks", "istio-lab"), { recursive: true });
  const text = checkpoint(undefined, [{ urn: "urn:pulumi:dev::istio-lab::x::x", type }]);
  writeFileSync(join(state(), ".pulumi", "stacks", "istio-lab", "dev.json"), text);
}

describe("the lab of a stack", () => {
  it.each([
    ["istio-lab:lab:VmLab", "vm"],
    ["istio-lab:lab:MultiClusterLab", "multicluster"],
    ["istio-lab:lab:TrafficFlowLab", "traffic-flow"],
    ["command:local:Command", "vm"],
  ])("%s is what %s builds", (type, lab) => {
    standing(type);
    expect(() => assertSameLab(openSession("dev"), lab)).not.toThrow();
  });

  it("is not replaced by another one: both have the same names for Docker", () => {
    standing("istio-lab:lab:VmLab");
    expect(() => assertSameLab(openSession("dev"), "traffic-flow")).toThrow(
      "up: stack dev holds the lab vm, and traffic-flow is to be built; bring it up to date: npm run up -- vm --stack dev, or give traffic-flow a stack of its own: npm run up -- traffic-flow --stack traffic-flow, or remove the other one first: npm run lab -- destroy",
    );
  });

  it.each([
    ["istio-lab:lab:VmLab", "vm"],
    ["istio-lab:lab:TrafficFlowLab", "traffic-flow"],
    ["istio-lab:lab:LabOfTomorrow", undefined],
    ["command:local:Command", undefined],
  ])("is known by the catalogue's name, so that up means it if nothing names a lab: %s", (type, lab) => {
    standing(type);
    expect(heldLab(openSession("dev"))).toBe(lab);
  });

  it("is what is built first if the stack is new", () => {
    expect(() => assertSameLab(openSession("new"), "multicluster")).not.toThrow();
  });
});

describe("a state folder", () => {
  it("that was moved is refused, with what to do", () => {
    renameSync(state(), join(folder, "moved here"));
    vi.stubEnv("ISTIO_LAB_STATE", join(folder, "moved here"));
    expect(() => assertNotMoved(openSession("dev"))).toThrow(
      `stack dev: its state folder was moved from ${state()} to ${folder}/moved here, and the lab's files are known by their paths there; move it back, or link it: ln -s '${folder}/moved here' ${state()}`,
    );
    symlinkSync(join(folder, "moved here"), state());
    expect(() => assertNotMoved(openSession("dev"))).not.toThrow();
  });

  it("that is where it was is fine, also behind a link", () => {
    expect(() => assertNotMoved(openSession("dev"))).not.toThrow();
    symlinkSync(state(), join(folder, "link"));
    vi.stubEnv("ISTIO_LAB_STATE", join(folder, "link"));
    expect(() => assertNotMoved(openSession("dev"))).not.toThrow();
  });

  // Root may read everything, so root becomes somebody else for a moment.
  it.runIf(process.getuid?.() === 0)("that this user may not read is no folder without a lab", () => {
    chmodSync(folder, 0o755);
    process.seteuid?.("nobody");
    try {
      expect(() => readOwner("dev")).toThrow(
        `${state()}: this user may not read it; name a state folder of your own in ISTIO_LAB_STATE`,
      );
    } finally {
      process.seteuid?.(0);
    }
  });
});
