import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { LabConfig } from "../../lab/config/common";
import type { MultiClusterLabConfig } from "../../lab/multicluster/config/schema";
import type { TrafficFlowLabConfig } from "../../lab/traffic-flow/config/schema";
import type { VmLabConfig } from "../../lab/vm/config/aws";
import { flatOutputs } from "../../lab/program/flat-outputs";
import { MultiClusterLab } from "../../lab/multicluster/lab";
import type { LabOutputs } from "../../lab/program/outputs";
import type { Lab } from "../../lab/program/lab-entry";
import { TrafficFlowLab } from "../../lab/traffic-flow/lab";
import { awsPlatform } from "../../lab/vm/aws-platform";
import { VmLab } from "../../lab/vm/lab";
import { localPlatform } from "../../lab/vm/local-platform";
import { CALLER, PUBLIC_ADDRESSES } from "../support/aws-lab";
import { registrations } from "../support/mocks";
import { contextOf, toolchain } from "../support/toolchain";
import { parseLabConfig } from "../support/lab-config";

const PEM = (kind: string) => `-----BEGIN ${kind}-----\nsecret\n-----END ${kind}-----\n`;

/** What the labs' steps print; what is secret says so. */
function printed(name: string): string {
  if (name.endsWith("-network-create")) {
    return '{"cidr":"172.19.0.0/16","note":"the next that is free"}';
  }
  if (/-ca-\w+$/.test(name)) {
    return PEM("CERTIFICATE") + PEM("PRIVATE KEY");
  }
  return name.endsWith("-began") ? "1767225600" : "secret";
}

const told = (type: string, name: string) =>
  type === "aws:ec2/eip:Eip"
    ? { publicIp: PUBLIC_ADDRESSES[name.includes("k3s-s") ? "k3s-s" : "forum-vm"], allocationId: `${name}-allocation` }
    : {};

function vmLab(config: VmLabConfig, served: typeof toolchain): Lab {
  if (config.platform === "local") {
    return new VmLab("vm", config, contextOf(served), localPlatform(config));
  }
  const provider = new aws.Provider("aws", { region: config.region });
  const account = { provider, imageId: "ami-0123456789abcdef0", ingressCidr: CALLER };
  return new VmLab("vm", config, contextOf(served), awsPlatform(config, account));
}

function made(config: LabConfig, served: typeof toolchain): Lab {
  switch (config.lab) {
    case "multicluster":
      return new MultiClusterLab("multicluster", config as MultiClusterLabConfig, contextOf(served));
    case "traffic-flow":
      return new TrafficFlowLab("traffic-flow", config as TrafficFlowLabConfig, contextOf(served));
    default:
      return vmLab(config as VmLabConfig, served);
  }
}

/** The output for programs of a lab. */
async function accessOf(raw: Record<string, unknown>): Promise<LabOutputs> {
  let lab: Lab | undefined;
  await registrations(printed, () => (lab = made(parseLabConfig(raw), toolchain)), told);
  return new Promise((done) => void lab!.outputs.apply(done));
}

/** The outputs for people of a lab on the stack `study`, and which of them are secrets. */
async function outputsOf(raw: Record<string, unknown>, images: Record<string, string> = {}) {
  let lab: Lab | undefined;
  const served = { ...toolchain, images: { ...toolchain.images, ...images } };
  await registrations(printed, () => (lab = made(parseLabConfig(raw), served)), told);
  const flat = flatOutputs(lab!.outputs, lab!.names, "study");
  const values = await new Promise<Record<string, unknown>>((done) => void pulumi.all(flat).apply(done));
  const secrets = await Promise.all(Object.values(flat).map((one) => pulumi.isSecret(one)));
  return { values, secrets: Object.keys(flat).filter((_, index) => secrets[index]), names: Object.keys(flat) };
}

const line = (key: string, known: string, port: number, at: string) =>
  `ssh -F none -i ${key} -o IdentitiesOnly=yes -o UserKnownHostsFile=${known} -p ${port} ${at}`;
const local = (host: string, port: number) =>
  line("/state/test/id_ed25519", `/state/test/known_hosts-${host}`, port, "ubuntu@127.0.0.1");
const onAws = (host: keyof typeof PUBLIC_ADDRESSES) =>
  line("/state/test/id_ed25519", `/state/test/known_hosts-${host}`, 22, `ubuntu@${PUBLIC_ADDRESSES[host]}`);
const kubeconfig = (cluster: string) => `/state/test/kubeconfig-${cluster}.yaml`;

const ROWS = [
  [
    "vm on this machine",
    { lab: "vm", vms: [{ name: "forum-vm" }, { name: "forum-vm-2" }] },
    {},
    {
      webappUrl: "http://127.0.0.1:30000/api/catalog",
      forumUrl: "http://127.0.0.1:30000/api/users",
      prometheusUrl: "http://127.0.0.1:30001",
      tracingUrl: "http://127.0.0.1:30004",
      sshForumVm: local("forum-vm", 30022),
      sshForumVm2: local("forum-vm-2", 30023),
      kubeconfigFile: kubeconfig("k3s-s"),
    },
  ],
  [
    "vm on AWS",
    { lab: "vm", platform: "aws", owner: "student" },
    {},
    {
      webappUrl: "http://198.51.100.10:30000/api/catalog",
      forumUrl: "http://198.51.100.10:30000/api/users",
      prometheusUrl: "http://198.51.100.10:30001",
      tracingUrl: "http://198.51.100.10:30004",
      sshK3sS: onAws("k3s-s"),
      sshForumVm: onAws("forum-vm"),
      kubeconfigFile: kubeconfig("k3s-s"),
    },
  ],
  [
    "multicluster",
    { lab: "multicluster" },
    {},
    {
      webappUrl: "http://127.0.0.1:31000/api/catalog",
      simpleBackendUrl: "http://127.0.0.1:31000/",
      sshMypc: local("mypc", 31022),
      kubeconfigFileWest: kubeconfig("west"),
      kubeconfigFileEast: kubeconfig("east"),
    },
  ],
  [
    "traffic-flow with every add-on",
    { lab: "traffic-flow" },
    { grafana: "g:1", kiali: "k:1", "kube-ops-view": "o:1" },
    {
      nginxUrl: "http://127.0.0.1:32000/",
      productpageUrl: "http://127.0.0.1:32000/productpage",
      prometheusUrl: "http://127.0.0.1:32001",
      grafanaUrl: "http://127.0.0.1:32002",
      kialiUrl: "http://127.0.0.1:32003",
      tracingUrl: "http://127.0.0.1:32004",
      kubeOpsViewUrl: "http://127.0.0.1:32005",
      sshTestpc: local("testpc", 32022),
      kubeconfigFile: kubeconfig("myk8s"),
    },
  ],
  [
    "traffic-flow in plain text",
    { lab: "traffic-flow", plainPort: "true" },
    {},
    {
      nginxPodUrl: "http://127.0.0.1:32000/",
      productpageUrl: "http://127.0.0.1:32000/productpage",
      prometheusUrl: "http://127.0.0.1:32001",
      tracingUrl: "http://127.0.0.1:32004",
      sshTestpc: local("testpc", 32022),
      kubeconfigFile: kubeconfig("myk8s"),
    },
  ],
] as const;

describe.each(ROWS)("the stack outputs of %s", (_, raw, images, wanted) => {
  it("name each address by its purpose, and hold no secret", async () => {
    const { values, secrets, names } = await outputsOf(raw, images);
    const { readme, nextSteps, ...addresses } = values;
    expect(addresses).toEqual(wanted);
    expect(names.sort()).toEqual([...Object.keys(wanted), "nextSteps", "readme"].sort());
    expect(nextSteps).toContain(
      "npm run lab -- verify --stack study    # every observation of the study notes, pass or fail",
    );
    expect(secrets).toEqual([]);
    expect(JSON.stringify(values)).not.toContain("secret");
    for (const address of Object.values(wanted)) {
      expect(readme).toContain(address);
    }
  });
});

describe("the output access", () => {
  it.each([
    [{ lab: "vm" }, ["istio-lab-test-k3s-s-control-plane"], ["forum-vm"]],
    [{ lab: "vm", platform: "aws", owner: "student" }, [undefined], ["k3s-s", "forum-vm"]],
    [{ lab: "multicluster" }, ["istio-lab-test-west-control-plane", "istio-lab-test-east-control-plane"], ["mypc"]],
    [{ lab: "traffic-flow" }, ["istio-lab-test-myk8s-control-plane"], ["testpc"]],
  ])("names the containers of nodes, and how to log in, of %j", async (raw, nodes, names) => {
    const { clusters, hosts } = await accessOf(raw);
    expect(clusters.map(({ node }) => node)).toEqual(nodes);
    expect(hosts.map(({ name }) => name)).toEqual(names);
    for (const { name, login } of hosts) {
      expect(login).toMatchObject({
        user: "ubuntu",
        keyFile: "/state/test/id_ed25519",
        knownHostsFile: `/state/test/known_hosts-${name}`,
      });
    }
  });
});

describe("the output readme", () => {
  it("is Markdown that says what stands, how to call it, and what to try", async () => {
    const { values } = await outputsOf({ lab: "multicluster" });
    expect(String(values["readme"]).split("\n")).toEqual(README.split("\n"));
  });
});

const README = `# Lab multicluster on local, stack study

Versions: istio 1.31-lab, kubernetes 1.34.4, metallb 0.14.9.

Network \`istio-lab-test-network\`: 172.19.0.0/16, load balancers west 172.19.255.101-172.19.255.120, east 172.19.255.201-172.19.255.220.

## URLs

- webapp: <http://127.0.0.1:31000/api/catalog>, the cool store's goods: ingress gateway of west, webapp, catalog in east

      curl -s -H "Host: webapp.istioinaction.io" http://127.0.0.1:31000/api/catalog

- simple-backend: <http://127.0.0.1:31000/>, which cluster's backend answers: the caller's, while it is healthy

      curl -s -H "Host: simple-backend.istioinaction.io" http://127.0.0.1:31000/

## Clusters

- west, context \`kind-istio-lab-test-west\`

      export KUBECONFIG=/state/test/kubeconfig-west.yaml

- east, context \`kind-istio-lab-test-east\`

      export KUBECONFIG=/state/test/kubeconfig-east.yaml

## Hosts

- mypc, 172.19.0.100

      ssh -F none -i /state/test/id_ed25519 -o IdentitiesOnly=yes -o UserKnownHostsFile=/state/test/known_hosts-mypc -p 31022 ubuntu@127.0.0.1

## Next

    npm run lab -- verify --stack study    # every observation of the study notes, pass or fail
    npm run lab -- exec --stack study west istioctl remote-clusters
    npm run lab -- exec --stack study east kubectl get pods -A
    npm run lab -- ssh --stack study mypc    # a client outside the mesh, on the clusters' network
    npm run lab -- destroy --stack study    # leaves nothing behind
`;
