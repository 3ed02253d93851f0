import { multiClusterConfiguration } from "../multicluster/config/configuration";
import { trafficFlowConfiguration } from "../traffic-flow/config/configuration";
import { vmConfiguration } from "../vm/config/configuration";
import type { LabConfiguration } from "./common";

/** The configuration of each lab: a line a lab. Apart from the catalogue, since what builds a lab reads its configuration. */
export const CONFIGURATIONS = {
  vm: vmConfiguration,
  multicluster: multiClusterConfiguration,
  "traffic-flow": trafficFlowConfiguration,
} as const;

/** The labs that can be built. */
export type LabName = keyof typeof CONFIGURATIONS;
export const LABS = Object.keys(CONFIGURATIONS) as readonly LabName[];

type ConfigOf<Configuration> = Configuration extends LabConfiguration<infer Config> ? Config : never;

/** What a lab is built from. */
export type LabConfig = ConfigOf<(typeof CONFIGURATIONS)[LabName]>;
