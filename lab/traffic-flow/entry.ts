import type { LabEntry } from "../program/lab-entry";
import { trafficFlowCheckSuite } from "./checks";
import type { TrafficFlowLabConfig } from "./config/schema";
import { trafficFlowRepairs } from "./repairs";
import { trafficFlowTraces } from "./traces";

/** The `traffic-flow` lab. */
export const trafficFlow: LabEntry<TrafficFlowLabConfig> = {
  summary: "what a request passes through: nginx and Bookinfo behind a gateway, and a trace of every hop",
  defaultStack: "traffic-flow",
  build: async (config, context) => {
    const { TrafficFlowLab } = await import("./lab");
    return new TrafficFlowLab("traffic-flow", config, context);
  },
  manifestIssues: async (config, toolchain) =>
    (await import("./manifest-sets")).trafficFlowManifestIssues(config, toolchain),
  checks: trafficFlowCheckSuite,
  repairs: trafficFlowRepairs,
  traces: trafficFlowTraces,
};
