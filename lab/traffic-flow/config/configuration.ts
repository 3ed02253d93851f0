import type { LabConfiguration } from "../../config/common";
import { bridgeOf, type LabRequirements } from "../../config/requirements";
import { TRAFFIC_FLOW_NAMES, trafficFlowLabPorts, trafficFlowSettings, type TrafficFlowLabConfig } from "./schema";

/** The configuration of the `traffic-flow` lab. */
export const trafficFlowConfiguration: LabConfiguration<TrafficFlowLabConfig> = {
  platforms: { local: trafficFlowSettings },
  requirements,
};

function requirements(config: TrafficFlowLabConfig): LabRequirements {
  return {
    machines: { clusters: [TRAFFIC_FLOW_NAMES.cluster], hosts: [TRAFFIC_FLOW_NAMES.client] },
    ports: trafficFlowLabPorts(config),
    networks: (["podCidr", "serviceCidr"] as const).map((key) => ({ cidr: config[key], key })),
    bridge: bridgeOf(config.network),
  };
}
