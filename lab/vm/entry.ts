import type { LabEntry } from "../program/lab-entry";
import { vmCheckSuite } from "./checks";
import type { VmLabConfig } from "./config/aws";
import type { GroundFactory } from "./ground";
import { vmRepairs } from "./repairs";
import { vmTraces } from "./traces";

/** The `vm` lab. */
export const vm: LabEntry<VmLabConfig> = {
  summary: "chapter 13: a cluster, Istio, and a VM that has joined the mesh and serves forum",
  defaultStack: "dev",
  build: async (config, context) => {
    const { VmLab } = await import("./lab");
    return new VmLab("vm", config, context, await groundOf(config));
  },
  manifestIssues: async (_, toolchain) => (await import("./manifest-sets")).vmManifestIssues(toolchain),
  checks: vmCheckSuite,
  repairs: vmRepairs,
  traces: vmTraces,
};

/** What speaks of AWS is loaded where it is needed: it takes half a second. */
async function groundOf(config: VmLabConfig): Promise<GroundFactory> {
  if (config.platform === "local") {
    const { localGround } = await import("./local-ground");
    return localGround(config);
  }
  const [{ awsGround }, { openAccount }] = await Promise.all([import("./aws-ground"), import("./aws-account")]);
  return awsGround(config, await openAccount(config));
}
