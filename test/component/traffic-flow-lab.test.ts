import { beforeAll, describe, expect, it } from "vitest";
import type { TrafficFlowLabConfig } from "../../lab/traffic-flow/config/schema";
import { TrafficFlowLab } from "../../lab/traffic-flow/lab";
import { chooseEnds } from "../../lab/cli/trace/ends";
import type { LabOutputs } from "../../lab/program/outputs";
import { trafficFlowTraces } from "../../lab/traffic-flow/traces";
import { isSecret, nameOf, registered, registrations, type Registration } from "../support/mocks";
import { contextOf, toolchain } from "../support/toolchain";
import { parseLabConfig } from "../support/lab-config";

const LAB = "traffic-flow";

function outputs(name: string): string {
  return name.endsWith("-network-create")
    ? '{"cidr":"172.19.0.0/16","note":"the next that is free"}'
    : `stdout of ${name}`;
}

const made = (raw: Record<string, unknown>, served = toolchain) =>
  new TrafficFlowLab(LAB, parseLabConfig({ ...raw, lab: LAB }) as TrafficFlowLabConfig, contextOf(served));

async function build(raw: Record<string, unknown> = {}, served = toolchain): Promise<Registration[]> {
  return registrations(outputs, () => made(raw, served));
}

/** What the lab exports, by whatever its commands print. */
async function exported(raw: Record<string, unknown>): Promise<LabOutputs> {
  let lab: TrafficFlowLab | undefined;
  await registrations(outputs, () => (lab = made(raw)));
  return new Promise((done) => void lab?.outputs.apply(done));
}

let all: Registration[];
const find = (name: string, among = all) => registered(among, name);

beforeAll(async () => {
  all = await build();
});

describe("every resource of the traffic-flow lab", () => {
  it("has a name of its own, since a URN holds types of parents and not their names", () => {
    const names = all.map(({ type, name }) => `${type} ${name}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it("hangs below the lab and carries its parent's name in front of its own", () => {
    const wrong = all.filter(({ name, parent }) => name !== LAB && !name.startsWith(`${nameOf(parent)}-`));
    expect(wrong.map(({ name, parent }) => `${name} below ${nameOf(parent)}`)).toEqual([]);
  });

  it("goes with its cluster, or has a delete of its own", () => {
    const left = all.filter((one) => one.custom && one.deletedWith === "" && one.inputs["delete"] === undefined);
    // Asking a URL makes nothing that would have to go.
    expect(left.map(({ name }) => name).sort()).toEqual([
      "traffic-flow-bookinfo-answers-wait",
      "traffic-flow-nginx-answers-wait",
    ]);
  });

  it("keeps the output of every command out of the log", () => {
    const commands = all.filter(({ type }) => type.startsWith("command:") && type.endsWith(":Command"));
    expect(commands.length).toBeGreaterThan(6);
    expect(commands.filter(({ inputs }) => inputs["logging"] !== "none").map(({ name }) => name)).toEqual([]);
  });

  it("in the cluster is recreated in a new one, and is not deleted piece by piece with the old one", () => {
    const objects = all.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(objects.length).toBeGreaterThan(25);
    const anchor = "traffic-flow-myk8s-create";
    const wrong = objects.filter(
      (one) => nameOf(one.deletedWith) !== anchor || one.replaceWith.map(nameOf).join() !== anchor,
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});

describe("secrets of the traffic-flow lab", () => {
  it.each(["traffic-flow-myk8s-create", "traffic-flow-testpc-key-create"])("%s has a secret output", (name) => {
    expect(find(name).additionalSecretOutputs).toEqual(["stdout", "stderr"]);
  });

  it("reach the provider as a secret kubeconfig", () => {
    expect(isSecret(find("traffic-flow-myk8s-provider").inputs["kubeconfig"])).toBe(true);
  });
});

describe("the traffic-flow lab", () => {
  it("gives node and client the notes' numbers in the network that is really there, and the client the domain", () => {
    const network = find("traffic-flow-network-create").inputs["environment"] as { CANDIDATES: string };
    expect(network.CANDIDATES.split("\n")[0]).toBe("172.18.0.0/16 172.18.0.2/31 172.18.0.1");
    expect(find("traffic-flow-testpc-create").inputs["environment"]).toMatchObject({
      ADDRESS: "172.19.0.3",
      HOSTS: "www.gasida.dev:172.19.0.2",
    });
  });

  it("makes the cluster with the notes' networks and the node ports of its port base", () => {
    const definition = JSON.parse(find("traffic-flow-myk8s-create").inputs["stdin"] as string) as {
      networking: unknown;
      nodes: { extraPortMappings: { hostPort: number }[] }[];
    };
    expect(definition.networking).toMatchObject({ podSubnet: "10.10.0.0/16", serviceSubnet: "10.200.1.0/24" });
    expect(definition.nodes[0]?.extraPortMappings.map(({ hostPort }) => hostPort).slice(0, 6)).toEqual([
      32000, 32001, 32002, 32003, 32004, 32005,
    ]);
  });

  it("installs Istio's default profile with the gateway at the notes' node port, which keeps the client's address", () => {
    const operator = find("traffic-flow-control-plane-install").inputs["stdin"] as string;
    expect(operator).toContain("profile: default");
    expect(operator).toMatch(/type: NodePort\s+externalTrafficPolicy: Local/);
    expect(operator).toMatch(/port: 80\s+targetPort: 8080\s+nodePort: 30000/);
    expect(operator).toContain("accessLogFile: /dev/stdout");
  });

  it.each([
    ["traffic-flow-control-plane-install", ["traffic-flow-namespaces-default-namespace"]],
    ["traffic-flow-nginx-deploy-websrv-deployment", ["traffic-flow-control-plane-install"]],
    ["traffic-flow-bookinfo-productpage-v1-deployment", ["traffic-flow-control-plane-install"]],
    ["traffic-flow-node-tools-install", []],
    [
      "traffic-flow-nginx-answers-wait",
      ["traffic-flow-nginx-deploy-websrv-deployment", "traffic-flow-testpc-create", "traffic-flow-node-tools-install"],
    ],
  ])("%s waits for %j", (name, expected) => {
    const dependencies = find(name).dependencies.map(nameOf);
    expect(expected.filter((dependency) => !dependencies.includes(dependency))).toEqual([]);
  });

  it("does not wait for the cluster before it makes the client", () => {
    expect(find("traffic-flow-testpc-create").dependencies.map(nameOf)).not.toContain("traffic-flow-myk8s-create");
  });

  it("leads the domain to the deployment, and with plainPort to the plain pod whose port 80 has no mutual TLS", async () => {
    const backend = (registered: Registration[]) =>
      JSON.stringify(find("traffic-flow-nginx-nginx-service-virtualservice", registered).inputs["spec"]);
    expect(backend(all)).toContain('"hosts":["www.gasida.dev"]');
    expect(backend(all)).toContain('"host":"svc-clusterip"');
    expect(all.map(({ name }) => name)).not.toContain("traffic-flow-nginx-example-workload-policy-peerauthentication");
    const plain = await build({ plainPort: "true", domain: "a.example.test" });
    expect(backend(plain)).toContain('"hosts":["a.example.test"]');
    expect(backend(plain)).toContain('"host":"svc-nginx"');
    expect(find("traffic-flow-nginx-example-workload-policy-peerauthentication", plain).inputs["spec"]).toMatchObject({
      portLevelMtls: { 80: { mode: "DISABLE" } },
    });
  });

  it.each([[{}], [{ plainPort: "true" }]])("tells to try only traces that have a way: %j", async (raw) => {
    const given = await exported(raw);
    const steps = given.nextSteps.filter(({ verb }) => verb === "trace").map(({ words }) => words);
    expect(steps.length).toBeGreaterThan(1);
    for (const [from = "", to = ""] of steps) {
      expect(() => chooseEnds(trafficFlowTraces(given), from, to)).not.toThrow();
    }
  });

  it("has lines to paste that follow an add-on's redirects to its page", async () => {
    const { urls } = await exported({});
    expect(urls.find(({ name }) => name === "prometheus")?.curl).toBe("curl -sL http://127.0.0.1:32001");
  });

  it("puts kube-ops-view where these notes have it", async () => {
    const images = { ...toolchain.images, "kube-ops-view": "o:1" };
    const served = await build({}, { ...toolchain, images });
    expect(
      JSON.stringify(find("traffic-flow-addons-kube-ops-view-kube-ops-view-service", served).inputs["spec"]),
    ).toContain('"nodePort":30005');
  });
});
