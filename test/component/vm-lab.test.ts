import { beforeAll, describe, expect, it } from "vitest";
import { readMade } from "../../infra/core/made";
import type { LocalVmLabConfig } from "../../lab/vm/config/schema";
import { VmLab } from "../../lab/vm/lab";
import { localPlatform } from "../../lab/vm/local-platform";
import { isSecret, nameOf, registered, registrations, type Registration } from "../support/mocks";
import { contextOf, toolchain } from "../support/toolchain";
import { parseLabConfig } from "../support/lab-config";

function outputs(name: string): string {
  if (name.endsWith("-network-create")) {
    return '{"cidr":"192.168.11.0/24","note":"the next that is free"}';
  }
  return `stdout of ${name}`;
}

async function build(raw: Record<string, unknown>, served = toolchain): Promise<Registration[]> {
  const config = parseLabConfig({ ...raw, lab: "vm" }) as LocalVmLabConfig;
  return registrations(outputs, () => new VmLab("vm", config, contextOf(served), localPlatform(config)));
}

let all: Registration[];
const find = (name: string, among = all) => registered(among, name);

beforeAll(async () => {
  all = await build({ vms: [{ name: "forum-vm", secretTtl: "12h0m0s" }, { name: "forum-vm-2" }] });
});

describe("every resource of the vm lab", () => {
  it("has a name of its own, since a URN holds types of parents and not their names", () => {
    const names = all.map(({ type, name }) => `${type} ${name}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it("hangs below the lab and carries its parent's name in front of its own", () => {
    const wrong = all.filter(
      ({ name, parent }) =>
        name !== "vm" && !name.startsWith(`${nameOf(parent)}-`) && !nameOf(parent).startsWith("vm-members"),
    );
    expect(wrong.map(({ name, parent }) => `${name} below ${nameOf(parent)}`)).toEqual([]);
  });

  it("is never the child of a custom resource", () => {
    const custom = new Set(all.filter((one) => one.custom).map(({ name }) => name));
    expect(all.filter(({ parent }) => custom.has(nameOf(parent))).map(({ name }) => name)).toEqual([]);
  });

  it("goes with its cluster or its host, or has a delete of its own", () => {
    const left = all.filter((one) => one.custom && one.deletedWith === "" && one.inputs["delete"] === undefined);
    // Asking a URL makes nothing that would have to go.
    expect(left.map(({ name }) => name)).toEqual(["vm-answers-wait"]);
  });

  it.each([
    [
      "vm-control-plane-install",
      ["istiod", "istio-ingressgateway"],
      [
        "istio-revision-tag-default",
        "istio-sidecar-injector",
        "istio-validator-istio-system",
        "istiod-default-validator",
      ],
      [30000, 30005],
      [
        "authorizationpolicies.security.istio.io",
        "destinationrules.networking.istio.io",
        "envoyfilters.networking.istio.io",
        "gateways.networking.istio.io",
        "peerauthentications.security.istio.io",
        "proxyconfigs.networking.istio.io",
        "requestauthentications.security.istio.io",
        "serviceentries.networking.istio.io",
        "sidecars.networking.istio.io",
        "telemetries.telemetry.istio.io",
        "virtualservices.networking.istio.io",
        "wasmplugins.extensions.istio.io",
        "workloadentries.networking.istio.io",
        "workloadgroups.networking.istio.io",
      ],
    ],
    ["vm-east-west-install", ["istio-eastwestgateway"], [], [], []],
  ])("says what of Istio can be missed: %s", (name, deployments, webhooks, nodePorts, definitions) => {
    const environment = find(name).inputs["environment"] as Record<string, unknown>;
    const made = readMade(environment);
    const objects = made?.kind === "objects" ? made.objects : [];
    const named = (kind: string) => objects.filter((one) => one.kind.endsWith(kind)).map((one) => one.name);
    expect(["Deployment", "Service", "WebhookConfiguration"].map(named)).toEqual([deployments, deployments, webhooks]);
    expect(named("CustomResourceDefinition")).toEqual(definitions);
    expect(objects.flatMap((one) => one.nodePorts ?? [])).toEqual(nodePorts);
  });

  it("says what of MetalLB can be missed, its kinds included", () => {
    const made = readMade(find("vm-metallb-install").inputs["environment"] as Record<string, unknown>);
    const objects = made?.kind === "objects" ? made.objects : [];
    expect(objects.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "Deployment controller",
      "DaemonSet speaker",
      "IPAddressPool istio-lab",
      "L2Advertisement istio-lab",
      "CustomResourceDefinition bfdprofiles.metallb.io",
      "CustomResourceDefinition bgpadvertisements.metallb.io",
      "CustomResourceDefinition bgppeers.metallb.io",
      "CustomResourceDefinition communities.metallb.io",
      "CustomResourceDefinition ipaddresspools.metallb.io",
      "CustomResourceDefinition l2advertisements.metallb.io",
    ]);
  });

  it("keeps the output of every command out of the log", () => {
    const commands = all.filter(({ type }) => type.startsWith("command:") && type.endsWith(":Command"));
    expect(commands.length).toBeGreaterThan(10);
    expect(commands.filter(({ inputs }) => inputs["logging"] !== "none").map(({ name }) => name)).toEqual([]);
  });

  it("is made again from nothing when it is replaced, and never beside its predecessor", () => {
    const commands = all.filter(({ type }) => type.endsWith(":Command"));
    expect(commands.filter(({ deleteBeforeReplace }) => !deleteBeforeReplace).map(({ name }) => name)).toEqual([]);
  });
});

describe("every object in the cluster", () => {
  it("is recreated in a new cluster, and is not deleted piece by piece with the old one", () => {
    const objects = all.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(objects.length).toBeGreaterThan(20);
    const wrong = objects.filter(
      (one) =>
        nameOf(one.deletedWith) !== "vm-k3s-s-create" || one.replaceWith.map(nameOf).join() !== "vm-k3s-s-create",
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});

describe("secrets of the vm lab", () => {
  it.each(["vm-k3s-s-create", "vm-members-key-create", "vm-members-forum-vm-configuration"])(
    "%s has a secret output",
    (name) => {
      expect(find(name).additionalSecretOutputs).toEqual(["stdout", "stderr"]);
    },
  );

  it("go to the VM by standard input, as a secret", () => {
    expect(isSecret(find("vm-members-forum-vm-join").inputs["stdin"])).toBe(true);
  });

  it("reach the provider as a secret kubeconfig", () => {
    expect(isSecret(find("vm-k3s-s-provider").inputs["kubeconfig"])).toBe(true);
  });

  it("make the connection to a VM secret", () => {
    expect(JSON.stringify(find("vm-members-forum-vm-join").inputs["connection"])).toContain(
      "1b47061264138c4ac30d75fd1eb44270",
    );
  });
});

describe("the cluster's provider", () => {
  it("takes over what a killed run left, and gives up what an unreachable cluster holds", () => {
    const { inputs, deletedWith } = find("vm-k3s-s-provider");
    expect(inputs).toMatchObject({
      upsertExistingObjects: "true",
      deleteUnreachable: "true",
      clusterIdentifier: "istio-lab-test-k3s-s",
    });
    expect(nameOf(deletedWith)).toBe("vm-k3s-s-create");
  });

  it("lets each of the cluster's objects take its fields back from whoever has them", () => {
    const objects = all.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(objects.length).toBeGreaterThan(10);
    const annotations = objects.map(({ inputs }) => (inputs["metadata"] as { annotations?: unknown }).annotations);
    expect(annotations).toEqual(
      objects.map(() => expect.objectContaining({ "pulumi.com/patchForce": "true" }) as object),
    );
  });
});

describe("the vm lab", () => {
  it("checks the VM's host key, which Docker told and not the network", () => {
    const connection = JSON.stringify(find("vm-members-forum-vm-join").inputs["connection"]);
    expect(connection).toContain("stdout of vm-members-forum-vm-host-create");
  });

  it("uses the network that is really there for VM, pool and gateway", () => {
    expect(find("vm-members-forum-vm-host-create").inputs["environment"]).toMatchObject({ ADDRESS: "192.168.11.200" });
    expect(find("vm-metallb-install").inputs["stdin"]).toContain("192.168.11.240-192.168.11.254");
    expect(find("vm-east-west-install").inputs["stdin"]).toContain(
      "metallb.universe.tf/loadBalancerIPs: 192.168.11.240",
    );
  });

  it.each([
    ["vm-control-plane-install", ["vm-namespaces-istio-system-namespace"]],
    ["vm-east-west-install", ["vm-control-plane-install"]],
    ["vm-store-webapp-deployment", ["vm-control-plane-install"]],
    [
      "vm-members-forum-vm-configuration",
      ["vm-control-plane-install", "vm-group-forum-workloadgroup", "vm-group-forum-sa-serviceaccount"],
    ],
    [
      "vm-members-forum-vm-join",
      [
        "vm-east-west-install",
        "vm-metallb-install",
        "vm-exposed-istiod-vs-virtualservice",
        "vm-members-forum-vm-sidecar",
      ],
    ],
    ["vm-members-forum-vm-member", ["vm-members-forum-vm-join", "vm-members-forum-vm-forum"]],
    ["vm-answers-wait", ["vm-members-forum-vm-member", "vm-members-forum-vm-2-member", "vm-store-webapp-deployment"]],
  ])("%s waits for %j", (name, expected) => {
    const dependencies = find(name).dependencies.map(nameOf);
    expect(expected.filter((dependency) => !dependencies.includes(dependency))).toEqual([]);
  });

  it.each([
    "vm-members-forum-vm-host-create",
    "vm-members-forum-vm-package",
    "vm-members-forum-vm-sidecar",
    "vm-members-forum-vm-forum",
  ])("%s does not wait for the cluster", (name) => {
    expect(
      find(name)
        .dependencies.map(nameOf)
        .filter((dependency) => dependency.startsWith("vm-k3s-s")),
    ).toEqual([]);
  });

  it("runs the steps of a host again on another host and the steps of a cluster in another cluster", () => {
    expect(find("vm-members-forum-vm-sidecar").inputs["triggers"]).toEqual([
      // The host key is in it, too: the step itself may recreate a container.
      expect.stringMatching(/^vm-members-forum-vm-host-create-id-[0-9a-f]{12}$/),
    ]);
    expect(find("vm-control-plane-install").inputs["triggers"]).toEqual(["vm-k3s-s-create-id"]);
  });

  it("gives each VM its own sidecar settings", () => {
    // A remote step's script with its values is the first line of its input, whose secret wraps the whole.
    const script = (name: string) => {
      const { value } = find(name).inputs["stdin"] as { value: string };
      return Buffer.from(value.split("\n")[0] ?? "", "base64").toString();
    };
    expect(script("vm-members-forum-vm-join")).toContain(`SECRET_TTL="12h0m0s"`);
    expect(script("vm-members-forum-vm-2-join")).not.toContain("SECRET_TTL=");
  });

  it("shows no more than a script's name if a step fails", () => {
    const commands = all.filter(({ type }) => type.startsWith("command:") && type.endsWith(":Command"));
    const shown = commands
      .flatMap(({ inputs }) => [inputs["create"], inputs["delete"]])
      .filter((one) => one !== undefined);
    const isShort = (one: unknown) => /^[a-z0-9-]+\.sh$/.test(String(one)) || String(one).length < 120;
    expect(shown.filter((one) => !isShort(one))).toEqual([]);
  });

  it("checks whatever a step prints for others before it is kept", () => {
    const variables = ({ inputs }: Registration) => (inputs["environment"] ?? {}) as Record<string, unknown>;
    const used = all.filter((one) => variables(one)["ISTIO_LAB_OUTPUT"] !== undefined);
    expect(used.map(({ name }) => name).sort()).toEqual([
      "vm-k3s-s-create",
      "vm-members-forum-vm-2-configuration",
      "vm-members-forum-vm-2-host-create",
      "vm-members-forum-vm-configuration",
      "vm-members-forum-vm-host-create",
      "vm-members-key-create",
      "vm-network-create",
    ]);
  });

  it("uses the toolchain's images in place of those that the manifests name", () => {
    const { spec } = find("vm-store-webapp-deployment").inputs as {
      spec: { template: { spec: { containers: { image: string }[] } } };
    };
    expect(spec.template.spec.containers.map(({ image }) => image)).toEqual(["webapp:1"]);
  });

  it("scrapes the gateways and the application's sidecars, by services that the mesh does not see", () => {
    const services = all.filter(({ name }) => name.startsWith("vm-addons-prometheus-istio-lab-metrics-"));
    expect(services.map(({ inputs }) => inputs["metadata"])).toMatchObject([
      { namespace: "istio-system", annotations: { "networking.istio.io/exportTo": "~" } },
      { namespace: "istioinaction", annotations: { "networking.istio.io/exportTo": "~" } },
    ]);
  });

  it("puts every add-on that the source serves on the notes' node port", async () => {
    const images = { ...toolchain.images, grafana: "g:1", kiali: "k:1", tracing: "j:1", "kube-ops-view": "o:1" };
    const programs = { tracing: "jaeger", discovery: "kubernetes" } as const;
    const served = await build({}, { ...toolchain, images, addons: programs });
    const addons = served.filter(({ name }) => name.startsWith("vm-addons-"));
    const spec = (one: Registration) => one.inputs["spec"] as { ports?: { nodePort?: number }[] } | undefined;
    const ports = addons.flatMap((one) => spec(one)?.ports?.flatMap(({ nodePort }) => nodePort ?? []) ?? []);
    // The last one is where the VM's sidecar sends its spans.
    expect(ports.sort()).toEqual([30001, 30002, 30003, 30004, 30007, 30041]);
    const used = addons
      .filter(({ type }) => type.endsWith(":Deployment"))
      .map(({ inputs }) => /"image":"([^"]+)"/.exec(JSON.stringify(inputs))?.[1]);
    expect(used.sort()).toEqual(["g:1", "j:1", "k:1", "o:1", "prometheus:1"]);
  });

  it("makes an add-on's pods after their settings, which they would wait for longer", () => {
    const names = find("vm-addons-prometheus-prometheus-deployment").dependencies.map(nameOf);
    expect(names).toContain("vm-addons-prometheus-prometheus-configmap");
  });

  it("starts what collects its traces once the applications and the VM stand, which it would slow down", () => {
    const before = (name: string) => find(name).dependencies.map(nameOf);
    const [late, early] = ["vm-addons-tracing-zipkin-deployment", "vm-addons-prometheus-prometheus-deployment"];
    expect(before(late)).toEqual(expect.arrayContaining(["vm-store-webapp-deployment", "vm-members-forum-vm-member"]));
    expect(before(early)).not.toContain("vm-store-webapp-deployment");
  });

  it("links Kiali's pages to the other add-ons where the user's browser finds them", async () => {
    const images = { ...toolchain.images, kiali: "quay.io/kiali/kiali:v2.26", grafana: "g:1" };
    const served = await build({ portBase: 31500 }, { ...toolchain, images });
    const { data } = find("vm-addons-kiali-kiali-configmap", served).inputs as { data: Record<string, string> };
    expect(data["config.yaml"]).toContain("external_url: http://127.0.0.1:31502");
  });

  it("lets the VM's sidecar send its spans to a node port, by the address of the node", async () => {
    const environment = (among: Registration[]) =>
      find("vm-members-forum-vm-configuration", among).inputs["environment"] as Record<string, string>;
    expect(environment(all)).toMatchObject({
      SPAN_COLLECTOR: "zipkin.istio-system:9411",
      REACHED_COLLECTOR: expect.stringMatching(/^192\.168\.\d+\.10:30041$/) as string,
    });
    expect(find("vm-control-plane-install").inputs["stdin"]).toContain("address: zipkin.istio-system:9411");
    const { tracing: _, ...images } = toolchain.images;
    const without = await build({}, { ...toolchain, images });
    expect(environment(without)).not.toHaveProperty("SPAN_COLLECTOR");
    expect(find("vm-control-plane-install", without).inputs["stdin"]).not.toContain("zipkin");
  });

  it("leaves out the add-ons that the source cannot serve", async () => {
    const { prometheus, tracing: _, ...images } = toolchain.images;
    const without = await build({}, { ...toolchain, images });
    expect(without.filter(({ name }) => name.startsWith("vm-addons-")).map(({ name }) => name)).toEqual([]);
    expect([prometheus, all.some(({ name }) => name === "vm-addons-prometheus-prometheus-deployment")]).toEqual([
      "prometheus:1",
      true,
    ]);
  });
});
