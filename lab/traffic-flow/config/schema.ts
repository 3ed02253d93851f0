import { z } from "zod";
import type { ConfigIssue } from "../../../infra/core/errors";
import { cidr, COMMON_SHAPE, flag, labSettings, type Checked, type LabSettings, type Sound } from "../../config/common";
import {
  LAST_PORT,
  nodePorts,
  oneClusterNetworkIssues,
  SSH_PORT_OFFSET,
  wantedNetwork,
  type RequiredPort,
} from "../../config/rules";

/** kind's own network in the study notes, which `networkCidr: auto` tries first: myk8s is 172.18.0.2, testpc 172.18.0.3. */
const DEFAULT_NETWORK = "172.18.0.0/16";

/** What `portBase: auto` is: beside the ports of the other labs. */
const DEFAULT_PORT_BASE = 32000;

/** What the study notes call the cluster and the client host outside the mesh. */
export const TRAFFIC_FLOW_NAMES = { cluster: "myk8s", client: "testpc" } as const;

/** A lower case host name with a dot in it, as public names have. */
const DOMAIN = /^(?=.{1,253}$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** The `traffic-flow` lab on this machine. */
export interface TrafficFlowLabConfig {
  readonly lab: "traffic-flow";
  readonly platform: "local";
  readonly versions: string;
  /** First of eight ports on loopback that reach the node ports 30000 to 30007. */
  readonly portBase: number;
  /** Port of loopback for the sshd of `testpc`. */
  readonly clientSshPort: number;
  /** The lab's network wanted, and whether the next free one will do. */
  readonly network: { readonly cidr: string; readonly orNextFree: boolean };
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** The name by which the ingress gateway routes to nginx, e.g. `www.gasida.dev`. */
  readonly domain: string;
  /** Mutual TLS is off on port 80 of `nginx-pod`, and the domain leads there: the study notes' detailed analysis. */
  readonly plainPort: boolean;
}

const schema = z.strictObject({
  ...COMMON_SHAPE,
  podCidr: cidr.default("10.10.0.0/16"),
  serviceCidr: cidr.default("10.200.1.0/24"),
  domain: z
    .string()
    .refine((text) => DOMAIN.test(text), "is not a host name; write it like www.gasida.dev")
    .default("www.gasida.dev"),
  plainPort: flag.default(false),
});

/** What the `traffic-flow` lab lets the user set. */
export const trafficFlowSettings: LabSettings<TrafficFlowLabConfig> = labSettings(schema, {}, place);

function place(values: z.output<typeof schema>, sound: Sound): Checked<TrafficFlowLabConfig> {
  const { versions, podCidr, serviceCidr, domain, plainPort } = values;
  const portBase = values.portBase === "auto" ? DEFAULT_PORT_BASE : values.portBase;
  const config: TrafficFlowLabConfig = {
    lab: "traffic-flow",
    platform: "local",
    versions,
    portBase,
    clientSshPort: portBase + SSH_PORT_OFFSET,
    network: wantedNetwork(values.networkCidr, DEFAULT_NETWORK),
    podCidr,
    serviceCidr,
    domain,
    plainPort,
  };
  // The gateway, the node and testpc beside the network's own two addresses.
  const networkIssues = oneClusterNetworkIssues(config, sound, 29, "the node and the client host");
  return { config, issues: [...networkIssues, ...(sound("portBase") ? portIssues(config) : [])] };
}

/** Every port of loopback that the lab takes, by what the user would set to move it. */
export function trafficFlowLabPorts({
  portBase,
  clientSshPort,
}: Pick<TrafficFlowLabConfig, "portBase" | "clientSshPort">): RequiredPort[] {
  return [...nodePorts(portBase, "portBase"), { port: clientSshPort, key: "portBase" }];
}

function portIssues(config: TrafficFlowLabConfig): ConfigIssue[] {
  return trafficFlowLabPorts(config)
    .filter(({ port }) => port > LAST_PORT)
    .slice(0, 1)
    .map(({ key }) => ({
      key,
      problem: `${config.portBase} is out of range; the lab needs the ports up to portBase + ${SSH_PORT_OFFSET}`,
    }));
}
