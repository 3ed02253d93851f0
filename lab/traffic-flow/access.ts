import * as pulumi from "@pulumi/pulumi";
import { addonUrls, servedAddons } from "../../infra/addon/addons";
import { onLoopback } from "../../infra/core/node-ports";
import { nodeOf, type Cluster } from "../../infra/cluster/cluster";
import type { UrlAnswers } from "../../infra/exec/url-answers";
import type { ContainerHost } from "../../infra/host/container-host";
import { hostLogin } from "../../infra/host/ssh-line";
import type { DockerNetwork } from "../../infra/network/docker-network";
import type { TrafficFlowLabConfig } from "./config/schema";
import type { LabContext } from "../program/context";
import type { AccessUrl, LabOutputs, NextStep, OutputNames } from "../program/outputs";
import { routedUrl } from "../shared/routed-url";
import { CLIENT_HOST, CLUSTER, NGINX, OPS_VIEW_NODE_PORT } from "./study-notes";

/** What the outputs are made of. */
export interface TrafficFlowLabParts {
  readonly config: TrafficFlowLabConfig;
  readonly context: LabContext;
  readonly cluster: Cluster;
  readonly network: DockerNetwork;
  readonly client: ContainerHost;
  readonly answers: readonly UrlAnswers[];
}

/** Where everything is, once it is built. */
export function trafficFlowOutputs(parts: TrafficFlowLabParts): pulumi.Output<LabOutputs> {
  const { config, context, cluster, network, client } = parts;
  const { toolchain } = context;
  const answers = pulumi.all(parts.answers.map(({ url }) => url));
  return pulumi
    .all([network.cidr, network.note, network.name, hostLogin(client), cluster.kubeconfigFile, answers] as const)
    .apply(([cidr, note, name, host, kubeconfigFile]) => ({
      lab: config.lab,
      platform: config.platform,
      versions: toolchain.versions,
      urls: urls(config, toolchain),
      clusters: [{ name: cluster.name, context: cluster.context, ...nodeOf(cluster), kubeconfigFile, gateways: [] }],
      hosts: [host],
      network: { name, cidr, loadBalancerPool: "none: node ports", note },
      unavailable: toolchain.unavailable,
      nextSteps: nextSteps(config),
    }));
}

/** What they will have. */
export function trafficFlowNames(config: TrafficFlowLabConfig, toolchain: LabContext["toolchain"]): OutputNames {
  return {
    urls: [nginxName(config), "productpage", ...servedAddons(toolchain)],
    clusters: [CLUSTER],
    hosts: [CLIENT_HOST.name],
  };
}

/** The nginx that the domain leads to. */
function nginxName({ plainPort }: TrafficFlowLabConfig): string {
  return plainPort ? NGINX.pod : NGINX.name;
}

function urls(config: TrafficFlowLabConfig, toolchain: LabContext["toolchain"]): AccessUrl[] {
  const { portBase, domain } = config;
  const base = `http://127.0.0.1:${portBase}`;
  const page = `${base}/productpage`;
  return [
    routedUrl(nginxName(config), base, "/", domain, "nginx's page: node port, ingress gateway, sidecar, nginx"),
    { name: "productpage", url: page, curl: `curl -s ${page}`, shows: "Bookinfo; its reviews change with each call" },
    ...addonUrls(onLoopback(portBase), toolchain, OPS_VIEW_NODE_PORT),
  ];
}

function nextSteps(config: TrafficFlowLabConfig): NextStep[] {
  const listener = ["istioctl", "proxy-config", "listener", "nginx-pod", "--port", "15006"];
  return [
    { verb: "verify", words: [], shows: "every observation of the study notes, pass or fail" },
    {
      verb: "trace",
      words: [CLIENT_HOST.name, nginxName(config)],
      shows: "what a request passes through, hop by hop; --html FILE draws it",
    },
    { verb: "trace", words: ["productpage", "reviews"], shows: "from sidecar to sidecar" },
    { verb: "ssh", words: ["testpc"], shows: `then: curl -v -s ${config.domain}:30000` },
    { verb: "exec", words: [CLUSTER, ...listener], shows: "" },
    { verb: "destroy", words: [], shows: "leaves nothing behind" },
  ];
}
