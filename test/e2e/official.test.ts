import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shellQuote } from "../../infra/core/shell";
import { failed, hostState, TestLab, type HostState, type LabRun, type Verdict } from "../support/lab";
import { engineImages, removeImages } from "../support/official/engine-images";
import { mirrorSets, type MirrorSet } from "../support/official/mirror-sets";
import { OfficialMirror } from "../support/official/official-mirror";

/** What `heal --json` prints. */
interface Healing {
  readonly failed: readonly unknown[];
}

/** A stack of this machine's official source, in the same state folder as the others. */
class MirrorLab extends TestLab {
  public override get environment(): NodeJS.ProcessEnv {
    return { ...super.environment, ...mirror?.environment };
  }
}

/** A stack of this machine's registry source. */
class RegistryLab extends TestLab {
  public override get environment(): NodeJS.ProcessEnv {
    return { ...super.environment, ISTIO_LAB_SOURCE: "registry" };
  }
}

const folder = TestLab.makeFolder();
const vm = new MirrorLab("e2e-off-vm", folder);
const mesh = new MirrorLab("e2e-off-mesh", folder);
const flow = new MirrorLab("e2e-off-flow", folder);
/** Another way to the same lab. */
const built = new RegistryLab("e2e-off-built");

let mirror: OfficialMirror | undefined;
let before: HostState;
let imagesBefore: readonly string[];
let firstUp: LabRun;

/** Beside labs that the developer may have standing. */
const config = (portBase: number, set?: MirrorSet) => [
  ...["-c", `portBase=${portBase}`],
  ...(set === undefined ? [] : ["-c", `versions=${set}`]),
];

async function setUp(lab: string, set: MirrorSet): Promise<void> {
  const run = await vm.run("setup", ["--lab", lab, "--versions", set]);
  expect(run.exitCode, run.stderr).toBe(0);
}

async function build(lab: TestLab, words: readonly string[]): Promise<LabRun> {
  const run = await lab.run("up", words);
  expect(run.exitCode, run.stderr).toBe(0);
  return run;
}

async function expectVerified(lab: TestLab): Promise<void> {
  const verdict = await lab.json<Verdict>("verify");
  expect([failed(verdict), verdict.exitCode]).toEqual([[], 0]);
}

async function destroy(lab: TestLab): Promise<void> {
  const run = await lab.run("destroy", ["--yes"]);
  expect(run.exitCode, run.stderr).toBe(0);
}

beforeAll(async () => {
  before = hostState();
  imagesBefore = engineImages();
  const run = await built.run("setup");
  expect(run.exitCode, run.stderr).toBe(0);
  mirror = await OfficialMirror.start(join(folder, "mirror"));
});

afterAll(async () => {
  for (const lab of [vm, mesh, flow]) await lab.run("destroy", ["--yes"]);
  await built.cleanUp();
  await mirror?.stop();
  vm.removeFolder();
  removeImages(imagesBefore);
  expect(engineImages()).toEqual(imagesBefore);
});

describe("labs of the official source", () => {
  it("are set up for two versions of Istio, from mirrors", async () => {
    await setUp("vm", "mirror-a");
    await setUp("multicluster", "mirror-b");
    expect(await mirror!.requests()).toEqual(
      expect.arrayContaining([
        `GET github.com/istio/istio/releases/download/1.31.0-b/istioctl-1.31.0-b-linux-amd64.tar.gz 200`,
        expect.stringMatching(/^GET \/v2\/docker\.io\/istio\/pilot\/blobs\/sha256:\w+ 200$/),
      ]),
    );
  });

  it("stand side by side with different versions of Istio, and ask no mirror for anything", async () => {
    const asked = await mirror!.requests();
    firstUp = await build(vm, ["vm", ...config(31_300, "mirror-a")]);
    await build(mesh, ["multicluster", ...config(31_400, "mirror-b")]);
    expect((await mirror!.requests()).slice(asked.length)).toEqual([]);
    await expectVerified(mesh);
    await expectVerified(vm);
  });

  it("have tools of their own: istioctl of each is of the version of its Istio", async () => {
    const seen = async (lab: TestLab, cluster: string) => {
      const { stdout } = await lab.run("exec", [cluster, "istioctl", "version", "--output", "json"]);
      return new Set(stdout.match(/(?<="(?:version|istio_version|IstioVersion)": ")[^"]+/g));
    };
    expect(await seen(vm, "k3s-s")).toEqual(new Set([mirrorSets["mirror-a"]]));
    expect(await seen(mesh, "west")).toEqual(new Set([mirrorSets["mirror-b"]]));
  });

  it("are not changed by what another one of them does", async () => {
    execFileSync("docker", ["restart", "istio-lab-e2e-off-vm-k3s-s-control-plane"], { stdio: "ignore" });
    expect((await vm.json<Healing>("heal")).failed).toEqual([]);
    const { stdout } = await mesh.run("env");
    const config = join(mesh.stateFolder, ".projects", mesh.stack, `Pulumi.${mesh.stack}.yaml`);
    const preview = `pulumi preview --non-interactive --expect-no-changes --stack ${mesh.stack} --config-file ${shellQuote(config)}`;
    const said = execFileSync("bash", ["-c", `${stdout}\n${preview}`], { env: mesh.environment, encoding: "utf8" });
    expect(said).toMatch(/ \d+ unchanged\n/);
  });

  it("are built while no mirror answers", async () => {
    await setUp("traffic-flow", "mirror-a");
    await mirror!.stop();
    await build(flow, ["traffic-flow", ...config(31_700, "mirror-a")]);
    await expectVerified(flow);
  });

  it("leave nothing", async () => {
    for (const lab of [vm, mesh, flow]) await destroy(lab);
    expect(hostState()).toEqual(before);
    expect([vm.stateFiles(), vm.processes()]).toEqual([[], []]);
  });

  it("take no longer than those of the registry source", async () => {
    const official = [firstUp.seconds];
    const registry: number[] = [];
    const upAndDown = async (lab: TestLab, words: readonly string[]) => {
      const { seconds } = await build(lab, words);
      await destroy(lab);
      return seconds;
    };
    registry.push(await upAndDown(built, ["vm", ...config(31_300)]));
    official.push(await upAndDown(vm, ["vm", ...config(31_300, "mirror-a")]));
    registry.push(await upAndDown(built, ["vm", ...config(31_300)]));
    console.info(`up of vm: official ${official.join(", ")} s; registry ${registry.join(", ")} s`);
    expect(Math.min(...official) / Math.min(...registry)).toBeLessThanOrEqual(1.1);
  });
});
