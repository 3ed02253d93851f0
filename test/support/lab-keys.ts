import { multiClusterSettings } from "../../lab/multicluster/config/schema";
import { trafficFlowSettings } from "../../lab/traffic-flow/config/schema";
import { awsVmSettings } from "../../lab/vm/config/aws-settings";
import { localVmSettings } from "../../lab/vm/config/schema";

/** What may stand in the configuration of a stack, by its lab and platform. */
export const LAB_KEYS = {
  vm: localVmSettings.keys,
  "vm on aws": awsVmSettings.keys,
  multicluster: multiClusterSettings.keys,
  "traffic-flow": trafficFlowSettings.keys,
} as const;
