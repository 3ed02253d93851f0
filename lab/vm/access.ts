import * as pulumi from "@pulumi/pulumi";
import { addonUrls } from "../../infra/addon/observability";
import type { Cluster } from "../../infra/cluster/cluster";
import type { UrlAnswers } from "../../infra/exec/url-answers";
import type { AddressRange } from "../../infra/core/addresses";
import { hostLogin } from "../../infra/host/ssh-line";
import type { DockerNetwork } from "../../infra/network/docker-network";
import type { VmLabConfig } from "../config";
import type { LabContext } from "../context";
import { INGRESS_HOST } from "../notes";
import type { AccessHost, AccessUrl, LabOutputs } from "../outputs";
import { routedUrl } from "../routed-url";
import type { VmMember } from "./members";
import { GROUP } from "./notes";

/** What the outputs are made of. */
export interface VmLabParts {
  readonly config: VmLabConfig;
  readonly context: LabContext;
  readonly cluster: Cluster;
  readonly network: DockerNetwork;
  /** MetalLB's addresses: the first one is the east-west gateway's. */
  readonly pool: pulumi.Output<AddressRange>;
  readonly members: readonly VmMember[];
  readonly answers: UrlAnswers;
}

/** Where everything is, once it stands. */
export function vmLabOutputs({
  config,
  context,
  cluster,
  network,
  pool,
  members,
  answers,
}: VmLabParts): pulumi.Output<LabOutputs> {
  const hosts = pulumi.all(members.map(accessHost));
  const { toolchain } = context;
  return pulumi
    .all([network.cidr, network.note, network.name, pool, hosts, cluster.kubeconfigFile, answers.url] as const)
    .apply(([cidr, note, name, { first, last }, vms, kubeconfigFile]) => ({
      lab: config.lab,
      platform: config.platform,
      versions: toolchain.versions,
      urls: urls(config, Object.keys(toolchain.images)),
      clusters: [
        {
          name: cluster.name,
          context: cluster.context,
          kubeconfigFile,
          gateways: [{ name: "istio-eastwestgateway", address: first }],
        },
      ],
      hosts: vms,
      network: { name, cidr, loadBalancerPool: `${first}-${last}`, note },
      unavailable: toolchain.unavailable,
      nextSteps: NEXT_STEPS,
    }));
}

const NEXT_STEPS = [
  "npm run lab -- verify                 every observation of the notes, pass or fail",
  "npm run lab -- exec k3s-s kubectl get workloadentries -A",
  "npm run lab -- ssh forum-vm           then: dig +short webapp.istioinaction; curl -s webapp.istioinaction/api/catalog/items/1",
  "npm run lab -- destroy                leaves nothing behind",
];

function accessHost({ host, workload }: VmMember): pulumi.Output<AccessHost> {
  return pulumi
    .all([hostLogin(host), workload.workloadEntry])
    .apply(([login, workloadEntry]) => ({ ...login, workloadEntry: `${GROUP.namespace}/${workloadEntry}` }));
}

function urls({ portBase }: VmLabConfig, images: readonly string[]): AccessUrl[] {
  const base = `http://127.0.0.1:${portBase}`;
  return [
    routedUrl("webapp", base, "/api/catalog", INGRESS_HOST, "the cool store's goods: ingress gateway, webapp, catalog"),
    routedUrl("forum", base, "/api/users", INGRESS_HOST, "the forum's users: ingress gateway, webapp, the VM"),
    ...addonUrls(portBase, images),
  ];
}
