import * as pulumi from "@pulumi/pulumi";
import { addonUrls, servedAddons } from "../../infra/addon/addons";
import { nodeOf } from "../../infra/cluster/cluster";
import type { NodePorts } from "../../infra/core/node-ports";
import type { UrlAnswers } from "../../infra/exec/url-answers";
import { hostLogin } from "../../infra/host/ssh-line";
import type { VmLabConfig } from "./config/aws";
import type { LabContext } from "../program/context";
import { INGRESS_HOST } from "../shared/study-notes";
import type { AccessHost, AccessUrl, LabOutputs, NextStep, OutputNames } from "../program/outputs";
import { routedUrl } from "../shared/routed-url";
import type { VmPlatform } from "./platform";
import type { VmMember } from "./members";
import { GROUP } from "./study-notes";

/** What the outputs are made of. */
export interface VmLabParts {
  readonly config: VmLabConfig;
  readonly context: LabContext;
  readonly vmPlatform: VmPlatform;
  readonly members: readonly VmMember[];
  readonly answers: UrlAnswers;
}

/** Where everything is, once it is built. */
export function vmLabOutputs({ config, context, vmPlatform, members, answers }: VmLabParts): pulumi.Output<LabOutputs> {
  const { toolchain } = context;
  const { cluster, machines } = vmPlatform;
  const logins: pulumi.Output<AccessHost>[] = [...machines.map(hostLogin), ...members.map(accessHost)];
  const hosts = pulumi.all(logins);
  return pulumi
    .all([
      vmPlatform.facts,
      vmPlatform.nodePorts,
      vmPlatform.eastWestAddress,
      hosts,
      cluster.kubeconfigFile,
      answers.url,
    ] as const)
    .apply(([facts, nodePorts, address, reached, kubeconfigFile]) => ({
      lab: config.lab,
      platform: config.platform,
      versions: toolchain.versions,
      urls: urls(nodePorts, toolchain),
      clusters: [
        {
          name: cluster.name,
          context: cluster.context,
          ...nodeOf(cluster),
          kubeconfigFile,
          gateways: [{ name: "istio-eastwestgateway", address }],
        },
      ],
      hosts: reached,
      ...facts,
      unavailable: toolchain.unavailable,
      nextSteps: [...NEXT_STEPS, ...(facts.cost === undefined ? [] : STOPPING), ...LAST_STEPS],
    }));
}

/** What they will have. */
export function vmLabNames({ context, vmPlatform, members }: VmLabParts): OutputNames {
  return {
    urls: ["webapp", "forum", ...servedAddons(context.toolchain)],
    clusters: [vmPlatform.cluster.name],
    hosts: [...vmPlatform.machines, ...members.map(({ host }) => host)].map(({ name }) => name),
  };
}

const NEXT_STEPS: readonly NextStep[] = [
  { verb: "verify", words: [], shows: "every observation of the study notes, pass or fail" },
  { verb: "exec", words: ["k3s-s", "kubectl", "get", "workloadentries", "-A"], shows: "" },
  {
    verb: "ssh",
    words: ["forum-vm"],
    shows: "then: dig +short webapp.istioinaction; curl -s webapp.istioinaction/api/catalog/items/1",
  },
];

/** For a lab that costs money. */
const STOPPING: readonly NextStep[] = [
  { verb: "stop", words: [], shows: "stops the instances; start brings them back, at the same addresses" },
];

const LAST_STEPS: readonly NextStep[] = [{ verb: "destroy", words: [], shows: "leaves nothing behind" }];

function accessHost({ host, workload }: VmMember): pulumi.Output<AccessHost> {
  return pulumi
    .all([hostLogin(host), workload.workloadEntry])
    .apply(([login, workloadEntry]) => ({ ...login, workloadEntry: `${GROUP.namespace}/${workloadEntry}` }));
}

function urls(nodePorts: NodePorts, toolchain: LabContext["toolchain"]): AccessUrl[] {
  const base = `http://${nodePorts.address}:${nodePorts.portBase}`;
  return [
    routedUrl("webapp", base, "/api/catalog", INGRESS_HOST, "the cool store's goods: ingress gateway, webapp, catalog"),
    routedUrl("forum", base, "/api/users", INGRESS_HOST, "the forum's users: ingress gateway, webapp, the VM"),
    ...addonUrls(nodePorts, toolchain),
  ];
}
