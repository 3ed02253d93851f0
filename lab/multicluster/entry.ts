import type { LabEntry } from "../program/lab-entry";
import type { MultiClusterLabConfig } from "./config/schema";
import { multiClusterNeeds } from "./config/versions";

/** The `multicluster` lab. */
export const multicluster: LabEntry<MultiClusterLabConfig> = {
  needs: multiClusterNeeds,
  configuration: async () => (await import("./config/configuration")).multiClusterConfiguration,
  build: async (config, context) => {
    const { MultiClusterLab } = await import("./lab");
    return new MultiClusterLab("multicluster", config, context);
  },
  manifestIssues: async (config) => (await import("./manifest-sets")).multiClusterManifestIssues(config),
  checks: async (outputs) => (await import("./checks")).multiClusterCheckSuite(outputs),
  repairs: async (outputs) => (await import("./repairs")).multiClusterRepairs(outputs),
  traces: async (outputs) => (await import("./traces")).multiClusterTraces(outputs),
};
