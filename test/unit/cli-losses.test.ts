import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MADE_VARIABLE } from "../../infra/core/made";
import { confirmLosses, digestOf, lossOf, noteSettled } from "../../lab/cli/losses";
import { openSession } from "../../lab/cli/session";
import { writeStackConfig } from "../../lab/cli/stack-project";
import { UserError } from "../../lab/cli/user-error";
import { checkpoint } from "../support/command-line";
import { FakeBin } from "../support/fake-bin";

const step = (name: string, makes?: object) => ({
  urn: `urn:pulumi:mine::istio-lab::x::${name}`,
  type: "command:local:Command",
  inputs: { environment: makes ? { [MADE_VARIABLE]: JSON.stringify(makes) } : {} },
});
const node = step("node", { kind: "container", name: "istio-lab-mine-k3s-s-control-plane" });
const vm = step("vm", { kind: "container", name: "istio-lab-mine-forum-vm" });
const network = step("network", { kind: "network", name: "istio-lab-mine-network" });
const instance = {
  urn: "urn:pulumi:mine::istio-lab::x::vm-k3s-s-instance",
  type: "aws:ec2/instance:Instance",
  inputs: {},
};

/** What pulumi prints before a step. */
const before = (op: string, { urn, type, inputs }: typeof node | typeof instance) =>
  JSON.stringify({ resourcePreEvent: { metadata: { op, urn, type, old: { inputs } } } });

let folder: string;
let bin: FakeBin;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "istio-lab-losses-"));
  vi.stubEnv("ISTIO_LAB_STATE", join(folder, "state"));
  vi.stubEnv("ISTIO_LAB_CACHE", join(folder, "cache"));
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  bin = new FakeBin({ pulumi: 'cat "$FOLDER/events" 2>/dev/null; exit $(cat "$FOLDER/exit" 2>/dev/null || echo 0)' });
  mkdirSync(join(folder, "cache"));
  vi.stubEnv("PATH", `${join(bin.folder, "bin")}:${process.env["PATH"] ?? ""}`);
  writeStackConfig("mine", { "istio-lab:portBase": "31000" });
  stand([node, vm, network]);
  noteSettled(openSession("mine"), digestOf(openSession("mine")));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

function stand(resources: readonly object[]): void {
  const stacks = join(folder, "state", ".pulumi", "stacks", "istio-lab");
  mkdirSync(stacks, { recursive: true });
  writeFileSync(join(stacks, "mine.json"), checkpoint({}, resources));
}

/** What a preview will say. */
function previews(events: readonly string[], exitCode = 0): void {
  writeFileSync(join(bin.folder, "events"), events.map((line) => `${line}\n`).join(""));
  writeFileSync(join(bin.folder, "exit"), String(exitCode));
}

/** Nobody is at the terminal. */
const ask = (yes = false) =>
  confirmLosses(openSession("mine"), digestOf(openSession("mine")), { yes, repeat: "npm run up -- --yes" });
const previewed = () => bin.calls().filter((call) => call.startsWith("pulumi preview")).length;
const changeSettings = () => void writeStackConfig("mine", { "istio-lab:portBase": "32000" });

describe("what a step takes with it", () => {
  it.each([
    ["replace", node, "container istio-lab-mine-k3s-s-control-plane"],
    ["delete", vm, "container istio-lab-mine-forum-vm"],
    ["delete-replaced", vm, "container istio-lab-mine-forum-vm"],
    ["replace", instance, "instance vm-k3s-s-instance"],
    ["same", node, undefined],
    ["create", node, undefined],
    ["update", vm, undefined],
    ["replace", network, undefined],
    ["replace", step("other"), undefined],
  ])("%s of %o", (op, { urn, type, inputs }, wanted) => {
    expect(lossOf({ op, urn, type, old: { inputs } })).toBe(wanted);
  });
});

describe("an update that would remove what a student has worked on", () => {
  it("is not begun if nobody can be asked: everything that goes is named, with the line that does it", async () => {
    changeSettings();
    previews([before("replace", node), before("replace", vm), before("replace", network), before("same", vm)]);
    await expect(ask()).rejects.toEqual(
      new UserError(
        "stack mine: this removes container istio-lab-mine-forum-vm, container istio-lab-mine-k3s-s-control-plane, with all that was done there; " +
          "continue? Nobody can be asked here; without a question: npm run up -- --yes",
        2,
      ),
    );
    // Nothing was agreed to: the next one asks again.
    await expect(ask()).rejects.toThrow("this removes");
    expect(previewed()).toBe(2);
  });

  it("is begun if the user has agreed, and the next one asks nothing", async () => {
    changeSettings();
    previews([before("replace", node)]);
    await ask(true);
    noteSettled(openSession("mine"), digestOf(openSession("mine")));
    await ask();
    expect(previewed()).toBe(0);
  });

  it.each<[string, () => void]>([
    ["settings", changeSettings],
    ["tools", () => writeFileSync(join(folder, "cache", "toolchain.json"), "{}")],
    ["note, which is damaged,", () => writeFileSync(join(folder, "state", ".projects", "mine", "settled.json"), "{")],
  ])("is looked for if there are other %s", async (_, change) => {
    change();
    previews([before("delete", vm)]);
    await expect(ask()).rejects.toThrow("this removes container istio-lab-mine-forum-vm, with");
  });

  it.each<[string, () => void]>([
    ["nothing has changed", () => undefined],
    [
      "the salt of secrets alone is another",
      () => {
        const file = join(folder, "state", ".projects", "mine", "Pulumi.mine.yaml");
        writeFileSync(file, `${readFileSync(file, "utf8")}encryptionsalt: v1:x\n`);
      },
    ],
    [
      "the stack has no container yet",
      () => {
        stand([network]);
        changeSettings();
      },
    ],
  ])("is not looked for if %s", async (_, prepare) => {
    prepare();
    previews([before("replace", node)]);
    await ask();
    expect(previewed()).toBe(0);
  });
});

describe("an update that removes nothing of a student's", () => {
  it("is begun without a question", async () => {
    changeSettings();
    previews([before("update", vm), before("replace", network)]);
    await ask();
    expect(previewed()).toBe(1);
  });

  it("is not begun if Pulumi's preview fails", async () => {
    changeSettings();
    previews([], 1);
    await expect(ask()).rejects.toThrow("stack mine: not built; the reason is above");
  });
});
