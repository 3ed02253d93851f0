import * as pulumi from "@pulumi/pulumi";
import { nodeOf } from "../../infra/cluster/cluster";
import type { UrlAnswers } from "../../infra/exec/url-answers";
import type { ContainerHost } from "../../infra/host/container-host";
import { hostLogin } from "../../infra/host/ssh-line";
import type { DockerNetwork } from "../../infra/network/docker-network";
import type { MultiClusterLabConfig } from "./config/schema";
import { CLIENT_HOST } from "./config/rules";
import type { LabContext } from "../program/context";
import { INGRESS_HOST } from "../shared/study-notes";
import type { AccessCluster, AccessUrl, LabOutputs, NextStep, OutputNames } from "../program/outputs";
import { routedUrl } from "../shared/routed-url";
import type { MeshCluster } from "./mesh-cluster";
import { BACKEND_HOST } from "./study-notes";

/** What the outputs are made of. */
export interface MultiClusterLabParts {
  readonly config: MultiClusterLabConfig;
  readonly context: LabContext;
  readonly network: DockerNetwork;
  readonly members: readonly MeshCluster[];
  readonly client: ContainerHost;
  readonly answers: UrlAnswers;
}

/** Where everything is, once it is built. */
export function multiClusterOutputs(parts: MultiClusterLabParts): pulumi.Output<LabOutputs> {
  const { config, context, network, members, client, answers } = parts;
  const clusters = pulumi.all(members.map(accessCluster));
  const pools = pulumi.all(members.map(({ pool }) => pool));
  return pulumi
    .all([network.cidr, network.note, network.name, pools, clusters, hostLogin(client), answers.url] as const)
    .apply(([cidr, note, name, ranges, all, host]) => ({
      lab: config.lab,
      platform: config.platform,
      versions: context.toolchain.versions,
      urls: urls(config),
      clusters: all,
      hosts: [host],
      network: {
        name,
        cidr,
        loadBalancerPool: ranges
          .map(({ first, last }, index) => `${config.clusters[index]?.name} ${first}-${last}`)
          .join(", "),
        note,
      },
      unavailable: context.toolchain.unavailable,
      nextSteps: nextSteps(config),
    }));
}

/** What they will have. */
export function multiClusterNames({ clusters }: MultiClusterLabConfig): OutputNames {
  return {
    urls: ["webapp", "simple-backend"],
    clusters: clusters.map(({ name }) => name),
    hosts: [CLIENT_HOST.name],
  };
}

function accessCluster({ cluster, ingressAddress, eastWestAddress }: MeshCluster): pulumi.Output<AccessCluster> {
  return pulumi
    .all([cluster.kubeconfigFile, ingressAddress, eastWestAddress])
    .apply(([kubeconfigFile, ingress, eastWest]) => ({
      name: cluster.name,
      context: cluster.context,
      ...nodeOf(cluster),
      kubeconfigFile,
      gateways: [
        { name: "istio-ingressgateway", address: ingress },
        { name: "istio-eastwestgateway", address: eastWest },
      ],
    }));
}

function urls({ clusters }: MultiClusterLabConfig): AccessUrl[] {
  const [first, second] = clusters;
  const base = `http://127.0.0.1:${first?.portBase}`;
  const route = `ingress gateway of ${first?.name}, webapp, catalog in ${second?.name}`;
  return [
    routedUrl("webapp", base, "/api/catalog", INGRESS_HOST, `the cool store's goods: ${route}`),
    routedUrl(
      "simple-backend",
      base,
      "/",
      BACKEND_HOST,
      "which cluster's backend answers: the caller's, while it is healthy",
    ),
  ];
}

function nextSteps({ clusters }: MultiClusterLabConfig): NextStep[] {
  const [first = "", second = ""] = clusters.map(({ name }) => name);
  return [
    { verb: "verify", words: [], shows: "every observation of the study notes, pass or fail" },
    { verb: "exec", words: [first, "istioctl", "remote-clusters"], shows: "" },
    { verb: "exec", words: [second, "kubectl", "get", "pods", "-A"], shows: "" },
    { verb: "ssh", words: [CLIENT_HOST.name], shows: "a client outside the mesh, on the clusters' network" },
    { verb: "destroy", words: [], shows: "leaves nothing behind" },
  ];
}
