import type { LabName } from "./config/lab-config";
import type { LabOutputs } from "./program/outputs";
import type { TraceMap } from "./program/trace-map";
import { multiClusterTraces } from "./multicluster/traces";
import { trafficFlowTraces } from "./traffic-flow/traces";
import { vmTraces } from "./vm/traces";

/** Between which places `trace` can look, by lab. Apart from the catalogue, which loads all that builds a lab: the tab key must not wait for that. */
export const traceMaps: Readonly<Record<LabName, (outputs: LabOutputs) => TraceMap>> = {
  vm: vmTraces,
  multicluster: multiClusterTraces,
  "traffic-flow": trafficFlowTraces,
};
