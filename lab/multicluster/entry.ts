import type { LabEntry } from "../program/lab-entry";
import { multiClusterCheckSuite } from "./checks";
import type { MultiClusterLabConfig } from "./config/schema";
import { multiClusterRepairs } from "./repairs";
import { multiClusterTraces } from "./traces";

/** The `multicluster` lab. */
export const multicluster: LabEntry<MultiClusterLabConfig> = {
  summary: "chapter 12: two clusters, one mesh, calls that cross networks and fail over",
  defaultStack: "multicluster",
  build: async (config, context) => {
    const { MultiClusterLab } = await import("./lab");
    return new MultiClusterLab("multicluster", config, context);
  },
  manifestIssues: async (config) => (await import("./manifest-sets")).multiClusterManifestIssues(config),
  checks: multiClusterCheckSuite,
  repairs: multiClusterRepairs,
  traces: multiClusterTraces,
};
