import type { LabEntry } from "../program/lab-entry";
import type { TrafficFlowLabConfig } from "./config/schema";
import { trafficFlowNeeds } from "./config/versions";

/** The `traffic-flow` lab. */
export const trafficFlow: LabEntry<TrafficFlowLabConfig> = {
  needs: trafficFlowNeeds,
  configuration: async () => (await import("./config/configuration")).trafficFlowConfiguration,
  build: async (config, context) => {
    const { TrafficFlowLab } = await import("./lab");
    return new TrafficFlowLab("traffic-flow", config, context);
  },
  manifestIssues: async (config, toolchain) =>
    (await import("./manifest-sets")).trafficFlowManifestIssues(config, toolchain),
  checks: async (outputs) => (await import("./checks")).trafficFlowCheckSuite(outputs),
  repairs: async (outputs) => (await import("./repairs")).trafficFlowRepairs(outputs),
  traces: async (outputs) => (await import("./traces")).trafficFlowTraces(outputs),
};
