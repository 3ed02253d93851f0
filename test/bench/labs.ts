import type { ToolchainManifest } from "../../infra/core/toolchain-manifest";
import type { ByHand } from "./by-hand";
import { multiClusterByHand } from "./multicluster/by-hand";
import { trafficFlowByHand } from "./traffic-flow/by-hand";
import { vmByHand } from "./vm/by-hand";

/** The labs that have a measure, one step after another. */
export const byHand: Readonly<Record<string, (manifest: ToolchainManifest) => ByHand>> = {
  vm: vmByHand,
  multicluster: multiClusterByHand,
  "traffic-flow": trafficFlowByHand,
};
