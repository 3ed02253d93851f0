import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withImages } from "../../infra/cluster/manifest";
import { readManifest, type KubernetesObject } from "../../infra/cluster/manifest-file";
import { controlPlaneOperator, eastWestOperator } from "../../infra/core/istio-operator";
import { kindConfig } from "../../infra/core/kind-config";
import { ownedName, workloadEntryName } from "../../infra/core/names";
import { SHARED_MANIFESTS } from "../../lab/shared/manifest-files";
import { INGRESS_HOST } from "../../lab/shared/study-notes";
import { GROUP, IDENTITY } from "../../lab/vm/study-notes";

const folder = join(__dirname, "..", "..", "lab", "vm", "manifests");
const files = [folder, SHARED_MANIFESTS].flatMap((one) => readdirSync(one).map((file) => join(one, file)));
const objects = files.flatMap((file) => readManifest(file));
const find = (kind: string, name: string): KubernetesObject & { spec: Record<string, never> } => {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  expect(found, `${kind} ${name}`).toBeDefined();
  return found as never;
};

describe("the vm lab's manifests", () => {
  it("name a namespace that is there, for every object that has one", () => {
    const namespaces = objects.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name);
    expect(namespaces).toEqual(["istio-system", "istioinaction", "forum-services"]);
    const wrong = objects.filter(
      ({ kind, metadata }) => kind !== "Namespace" && !namespaces.includes(metadata.namespace ?? ""),
    );
    expect(wrong).toEqual([]);
  });

  it("use the versions of Istio's API that old and new Istio serve", () => {
    const versions = new Set(
      objects.map(({ apiVersion }) => apiVersion).filter((version) => version.includes("istio.io")),
    );
    expect([...versions]).toEqual(["networking.istio.io/v1beta1"]);
  });

  it("label Istio's namespace with the network that the control plane is told", () => {
    expect(find("Namespace", "istio-system").metadata.labels).toEqual({
      "topology.istio.io/network": IDENTITY.network,
    });
  });

  it("route the ingress host to a service that selects webapp's pods", () => {
    expect(find("Gateway", "coolstore-gateway").spec["servers"]).toMatchObject([{ hosts: [INGRESS_HOST] }]);
    expect(find("VirtualService", "webapp-virtualservice").spec).toMatchObject({
      hosts: [INGRESS_HOST],
      gateways: ["coolstore-gateway"],
      http: [{ route: [{ destination: { host: "webapp", port: { number: 80 } } }] }],
    });
    expect(find("Service", "webapp").spec["selector"]).toEqual({ app: "webapp" });
    expect(find("Deployment", "webapp").spec["template"]).toMatchObject({ metadata: { labels: { app: "webapp" } } });
  });

  it("let forum's service select what the WorkloadGroup labels, on the port that its probe asks", () => {
    const group = find("WorkloadGroup", GROUP.name);
    expect(group.metadata.namespace).toBe(GROUP.namespace);
    expect(group.spec).toMatchObject({
      metadata: { labels: find("Service", "forum").spec["selector"] },
      template: { serviceAccount: find("ServiceAccount", "forum-sa").metadata.name, network: GROUP.network },
      probe: { periodSeconds: 5, initialDelaySeconds: 1, httpGet: { port: 8080, path: "/api/healthz" } },
    });
    expect(find("Service", "forum").spec["ports"]).toMatchObject([{ port: 80, targetPort: 8080 }]);
  });

  it("keep their own image if the toolchain serves no other", () => {
    const image = (images: Record<string, string>) =>
      /"image":"([^"]+)"/.exec(JSON.stringify(withImages(find("Deployment", "catalog"), images)))?.[1];
    expect([image({}), image({ catalog: "ours:1" })]).toEqual(["istioinaction/catalog:latest", "ours:1"]);
  });
});

describe("the IstioOperator manifests", () => {
  const operator = (upstreamEnvoy: boolean) =>
    controlPlaneOperator({
      identity: IDENTITY,
      upstreamEnvoy,
      ingress: { nodePorts: { 80: 30000, 443: 30005 } },
      admitsVms: true,
    }).spec;

  it("hold what the notes install, update and patch by hand", () => {
    expect(operator(false)).toEqual({
      hub: "docker.io/istio",
      profile: "demo",
      components: {
        egressGateways: [{ name: "istio-egressgateway", enabled: false }],
        ingressGateways: [
          {
            name: "istio-ingressgateway",
            enabled: true,
            k8s: {
              service: {
                type: "NodePort",
                externalTrafficPolicy: "Local",
                ports: [
                  { name: "status-port", port: 15021, targetPort: 15021 },
                  { name: "http2", port: 80, targetPort: 8080, nodePort: 30000 },
                  { name: "https", port: 443, targetPort: 8443, nodePort: 30005 },
                ],
              },
            },
          },
        ],
      },
      meshConfig: { defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: "true" } } },
      values: {
        pilot: {
          env: {
            PILOT_ENABLE_WORKLOAD_ENTRY_AUTOREGISTRATION: "true",
            PILOT_ENABLE_WORKLOAD_ENTRY_HEALTHCHECKS: "true",
          },
        },
        global: {
          meshID: "usmesh",
          multiCluster: { clusterName: "west-cluster" },
          network: "west-network",
          proxy: { privileged: true },
        },
      },
    });
  });

  it("let proxies that answer DNS tell the collector of every request, too, if there is one", () => {
    const ingress = { nodePorts: { 80: 30000, 443: 30005 } };
    const args = { identity: IDENTITY, upstreamEnvoy: false, hasTracing: true, ingress };
    const configOf = (admitsVms: boolean) => controlPlaneOperator({ ...args, admitsVms }).spec["meshConfig"];
    const tracing = { sampling: 100, zipkin: { address: "zipkin.istio-system:9411" } };
    expect([configOf(true), configOf(false)]).toEqual([
      { defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: "true" }, tracing } },
      { defaultConfig: { tracing } },
    ]);
  });

  it("tell istiod what upstream's Envoy lacks, and only then", () => {
    expect(operator(true)).toMatchObject({
      meshConfig: { defaultProviders: { metrics: [] } },
      values: {
        telemetry: { enabled: false },
        pilot: { env: { PILOT_ENABLE_ALPN_FILTER: "false", PILOT_ENABLE_METADATA_EXCHANGE: "false" } },
      },
    });
    expect(JSON.stringify(operator(false))).not.toMatch(/ALPN|telemetry|METADATA_EXCHANGE/);
  });

  it("give the east-west gateway the notes' ports and role, and an address that is known before", () => {
    const text = JSON.stringify(eastWestOperator({ identity: IDENTITY, address: "192.168.10.240" }).spec);
    expect(
      [15021, 15443, 15012, 15017].filter((port) => !text.includes(`"port":${port},"targetPort":${port}`)),
    ).toEqual([]);
    expect(text).toContain('{"name":"ISTIO_META_ROUTER_MODE","value":"sni-dnat"}');
    expect(text).toContain('{"name":"ISTIO_META_REQUESTED_NETWORK_VIEW","value":"west-network"}');
    expect(text).toContain('{"metallb.universe.tf/loadBalancerIPs":"192.168.10.240"}');
  });
});

describe("the kind cluster's definition", () => {
  const args = {
    podCidr: "172.16.0.0/16",
    serviceCidr: "10.10.200.0/24",
    portBase: 31000,
  };

  it("binds API server and node ports to loopback only", () => {
    const config = kindConfig({ ...args, restrictedKernel: false }) as {
      networking: Record<string, string>;
      nodes: { extraPortMappings: unknown[] }[];
    };
    expect(config.networking).toEqual({
      apiServerAddress: "127.0.0.1",
      podSubnet: "172.16.0.0/16",
      serviceSubnet: "10.10.200.0/24",
    });
    expect(config.nodes[0]?.extraPortMappings).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((index) => ({
        containerPort: 30000 + index,
        hostPort: 31000 + index,
        listenAddress: "127.0.0.1",
      })),
    );
  });

  it("changes its identity with whatever would make another cluster", () => {
    const identities = [args, { ...args, podCidr: "172.17.0.0/16" }, { ...args, nodeLabels: { zone: "0" } }].map(
      (one) =>
        /"istio-lab\/identity":"(\w+)"/.exec(JSON.stringify(kindConfig({ ...one, restrictedKernel: false })))?.[1],
    );
    expect(new Set(identities).size).toBe(3);
  });

  it("relaxes the kubelet only if the kernel withholds what it needs", () => {
    expect(JSON.stringify(kindConfig({ ...args, restrictedKernel: true }))).toContain("KubeletInUserNamespace");
    expect(JSON.stringify(kindConfig({ ...args, restrictedKernel: false }))).not.toContain("KubeletInUserNamespace");
  });
});

describe("names", () => {
  it("say to whom a thing belongs, and stay within what kind takes", () => {
    expect(ownedName("dev", "k3s-s")).toBe("istio-lab-dev-k3s-s");
    const long = ["a", "b"].map((end) => ownedName(`${"x".repeat(60)}${end}`, "k3s-s"));
    expect(long.map((name) => name.length <= 49)).toEqual([true, true]);
    expect(new Set(long).size).toBe(2);
  });

  it("of WorkloadEntries are istiod's own", () => {
    expect(workloadEntryName("forum", "192.168.10.200", "vm-network")).toBe("forum-192.168.10.200-vm-network");
  });
});
