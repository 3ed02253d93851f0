import { labInSet, type NeedyLab, type OfficialLab } from "../../infra/core/lab-needs";
import { versionTable, type OfficialVersions } from "../../infra/core/versions";
import { multiClusterNeeds } from "../../lab/multicluster/config/versions";
import type { LabName } from "../../lab/registry";
import { trafficFlowNeeds } from "../../lab/traffic-flow/config/versions";
import { vmNeeds } from "../../lab/vm/config/versions";

/** What each lab needs of a toolchain, at once: a test file cannot wait before its first test. */
export const LAB_NEEDS = {
  vm: { name: "vm", ...vmNeeds },
  multicluster: { name: "multicluster", ...multiClusterNeeds },
  "traffic-flow": { name: "traffic-flow", ...trafficFlowNeeds },
} as const satisfies Readonly<Partial<Record<LabName, NeedyLab>>>;

/** A lab of these. */
export type NeedyLabName = keyof typeof LAB_NEEDS;

/** What a lab runs on in a set. */
export function officialLab(
  lab: NeedyLabName,
  set: "book" | "current" = "book",
  versions: OfficialVersions = versionTable[set],
): OfficialLab {
  return labInSet(LAB_NEEDS[lab], set, versions);
}
