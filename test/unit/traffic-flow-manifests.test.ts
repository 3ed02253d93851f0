import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withImages } from "../../infra/cluster/manifest";
import { readManifest, type KubernetesObject } from "../../infra/cluster/manifest-file";
import { defaultProfileOperator } from "../../infra/core/istio-operator";
import { trafficFlowManifests } from "../../lab/traffic-flow/manifest-sets";
import { NGINX, NODE_PORTS } from "../../lab/traffic-flow/study-notes";
import { madeSamples } from "../support/samples";

const folder = join(__dirname, "..", "..", "lab", "traffic-flow", "manifests");
const own = readdirSync(folder).flatMap((file) => readManifest(join(folder, file), { domain: "www.gasida.dev" }));
const bookinfo = trafficFlowManifests({ domain: "", plainPort: false }, madeSamples()).bookinfo.files;
const objects = [...own, ...readManifest(bookinfo[0]!)];
const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);
const namesOf = (kind: string) => ofKind(kind).map(({ metadata }) => metadata.name);
type Spec = Readonly<Record<string, never>> & {
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> } & Readonly<Record<string, string>>;
  readonly template: {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: { readonly serviceAccountName: string };
  };
};
const specOf = (object: KubernetesObject) => (object as unknown as { spec: Spec }).spec;

describe("the traffic-flow lab's manifests", () => {
  it("name a namespace that is there, for every object that has one", () => {
    expect(namesOf("Namespace")).toEqual(["istio-system", "default"]);
    expect(own.filter(({ kind, metadata }) => kind !== "Namespace" && metadata.namespace !== "default")).toEqual([]);
  });

  it("use the versions of Istio's API that old and new Istio serve", () => {
    const versions = new Set(
      objects.map(({ apiVersion }) => apiVersion).filter((version) => version.includes("istio.io")),
    );
    expect([...versions].sort()).toEqual(["networking.istio.io/v1beta1", "security.istio.io/v1beta1"]);
  });

  it("route to services that are there, through gateways that are there", () => {
    const text = (kind: string) => JSON.stringify(ofKind(kind).map(specOf));
    const hosts = [...text("VirtualService").matchAll(/"host":"([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(hosts)).toEqual(new Set([NGINX.service, NGINX.podService, "productpage"]));
    expect([...new Set(hosts)].filter((host) => !namesOf("Service").includes(host!))).toEqual([]);
    const gateways = [...text("VirtualService").matchAll(/"gateways":\["([^"]+)"\]/g)].map((match) => match[1]);
    expect(gateways.filter((gateway) => !namesOf("Gateway").includes(gateway!))).toEqual([]);
  });

  it("let every service select the pods of a deployment, or the plain pod", () => {
    const labels = [
      ...ofKind("Deployment").map((one) => specOf(one).template.metadata.labels),
      ...ofKind("Pod").map(({ metadata }) => metadata.labels ?? {}),
    ];
    const selects = (selector: Readonly<Record<string, string>>) =>
      labels.some((own) => Object.entries(selector).every(([key, value]) => own[key] === value));
    const blind = ofKind("Service").filter((service) => !selects(specOf(service).selector));
    expect(blind.map(({ metadata }) => metadata.name)).toEqual([]);
  });

  it("give every deployment a service account of its application's own, which becomes its SPIFFE id", () => {
    const accounts = ofKind("Deployment").map((one) => [
      one.metadata.name,
      specOf(one).template.spec.serviceAccountName,
    ]);
    expect(Object.fromEntries(accounts)).toEqual({
      "deploy-websrv": "kans-nginx",
      "details-v1": "bookinfo-details",
      "productpage-v1": "bookinfo-productpage",
      "ratings-v1": "bookinfo-ratings",
      "reviews-v1": "bookinfo-reviews",
      "reviews-v2": "bookinfo-reviews",
      "reviews-v3": "bookinfo-reviews",
    });
    expect(accounts.filter(([, account]) => !namesOf("ServiceAccount").includes(account!))).toEqual([]);
  });

  it("name the versions of reviews that are there", () => {
    const rule = ofKind("DestinationRule").find(({ metadata }) => metadata.name === "reviews")!;
    expect(specOf(rule)).toMatchObject({
      subsets: ["v1", "v2", "v3"].map((version) => ({ name: version, labels: { version } })),
    });
  });

  it("let a plain pod's image be replaced like a deployment's", () => {
    const image = (images: Record<string, string>) =>
      /"image":"([^"]+)"/.exec(JSON.stringify(withImages(ofKind("Pod")[0]!, images)))?.[1];
    expect([image({}), image({ "nginx-container": "ours:1" })]).toEqual(["nginx", "ours:1"]);
  });
});

describe("the control plane of the default profile", () => {
  const operator = (upstreamEnvoy: boolean) =>
    defaultProfileOperator({ upstreamEnvoy, ingress: { nodePorts: NODE_PORTS } }).spec;
  const requests = { requests: { cpu: "10m", memory: "40Mi" } };

  it("holds what the notes install and patch by hand, with requests that two processors can carry", () => {
    expect(operator(false)).toEqual({
      hub: "docker.io/istio",
      profile: "default",
      components: {
        ingressGateways: [
          {
            name: "istio-ingressgateway",
            enabled: true,
            k8s: {
              resources: requests,
              service: {
                type: "NodePort",
                externalTrafficPolicy: "Local",
                ports: [
                  { name: "status-port", port: 15021, targetPort: 15021 },
                  { name: "http2", port: 80, targetPort: 8080, nodePort: 30000 },
                  { name: "https", port: 443, targetPort: 8443, nodePort: 30006 },
                ],
              },
            },
          },
        ],
      },
      meshConfig: { accessLogFile: "/dev/stdout" },
      values: { pilot: { env: {}, resources: requests }, global: { proxy: { resources: requests } } },
    });
  });

  it("lets proxies tell the collector of every request if there is one", () => {
    const { spec } = defaultProfileOperator({
      upstreamEnvoy: false,
      hasTracing: true,
      ingress: { nodePorts: NODE_PORTS },
    });
    expect(spec["meshConfig"]).toEqual({
      accessLogFile: "/dev/stdout",
      defaultConfig: { tracing: { sampling: 100, zipkin: { address: "zipkin.istio-system:9411" } } },
    });
  });

  it("tells istiod what upstream's Envoy lacks, and only then", () => {
    expect(operator(true)).toMatchObject({ values: { telemetry: { enabled: false } } });
    expect(JSON.stringify(operator(false))).not.toMatch(/ALPN|telemetry|METADATA_EXCHANGE/);
  });
});
