import { join } from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { Cluster } from "../cluster/cluster";
import { Manifests } from "../cluster/manifest";
import type { ManifestValues } from "../cluster/manifest-file";
import { objectOptions } from "../cluster/object-options";
import { FIRST_NODE_PORT, type NodePorts } from "../core/node-ports";
import { childOptions } from "../exec/child-options";

/** What decides the observability add-ons. */
export interface ObservabilityArgs {
  readonly cluster: Cluster;
  /** Images that the toolchain serves, by name: an add-on without one is left out. */
  readonly images: Readonly<Partial<Record<string, string>>>;
  /** Namespaces with sidecars to scrape. */
  readonly namespaces: readonly string[];
  /** Node port of kube-ops-view, which the notes put elsewhere in each lab. Default 30007. */
  readonly opsViewNodePort?: number;
}

/** The notes' node port of kube-ops-view in 13.2.1; other parts of the notes have it elsewhere. */
const OPS_VIEW_NODE_PORT = 30007;

/** The add-ons of the notes: name, the image that serves it (its manifest has that name), and the notes' node port. 13.2.1. */
const ADDONS = [
  { name: "prometheus", image: "prometheus", nodePort: 30001 },
  { name: "grafana", image: "grafana", nodePort: 30002 },
  { name: "kiali", image: "kiali", nodePort: 30003 },
  { name: "tracing", image: "jaeger", nodePort: 30004 },
  { name: "kube-ops-view", image: "kube-ops-view", nodePort: OPS_VIEW_NODE_PORT },
] as const;

/** Where the metrics of a proxy are: the agent merges Envoy's, its own and the application's there. */
const PROXY_METRICS = { port: 15020, path: "/stats/prometheus" };

/** An add-on's page, as a lab's outputs list it. */
export interface AddonUrl {
  readonly name: string;
  /** From this machine. */
  readonly url: string;
  /** A line to paste. */
  readonly curl: string;
  readonly shows: string;
}

/**
 * Where the add-ons are that this machine's source serves.
 * @param nodePorts where node port 30000 is reached from this machine, and with it those that follow
 * @param images names of the images that are served
 * @param opsViewNodePort as in ObservabilityArgs
 */
export function addonUrls(
  { address, portBase }: NodePorts,
  images: readonly string[],
  opsViewNodePort: number = OPS_VIEW_NODE_PORT,
): AddonUrl[] {
  return ADDONS.filter(({ image }) => images.includes(image)).map(({ name, nodePort }) => {
    const port = portBase + (name === "kube-ops-view" ? opsViewNodePort : nodePort) - FIRST_NODE_PORT;
    const url = `http://${address}:${port}`;
    // Their first pages redirect to others, which depend on the version.
    return { name, url, curl: `curl -sL ${url}`, shows: `the page of the add-on ${name}` };
  });
}

/**
 * The manifests of the add-ons that this machine's source serves.
 * @param images those that the toolchain serves, by name
 * @param opsViewNodePort as in ObservabilityArgs
 */
export function addonManifests(
  images: ObservabilityArgs["images"],
  opsViewNodePort: number = OPS_VIEW_NODE_PORT,
): { readonly image: string; readonly files: readonly string[]; readonly values: ManifestValues }[] {
  return ADDONS.filter(({ image }) => images[image] !== undefined).map(({ image }) => ({
    image,
    files: [join(__dirname, "manifests", `${image}.yaml`)],
    values: { nodePort: String(opsViewNodePort) },
  }));
}

/** A set of pods whose metrics are scraped. */
interface Target {
  readonly namespace: string;
  readonly selector: Readonly<Record<string, string>>;
}

/** The add-ons of the notes that the toolchain's source can serve, on the notes' node ports. */
export class Observability extends pulumi.ComponentResource {
  public constructor(
    name: string,
    private readonly args: ObservabilityArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("istio-lab:addon:Observability", name, {}, options);
    const { cluster, images, opsViewNodePort } = args;
    for (const { image, ...manifests } of addonManifests(images, opsViewNodePort)) {
      const dependsOn = image === "prometheus" ? this.scraping(name, objectOptions(args.cluster, this, options)) : [];
      new Manifests(
        `${name}-${image}`,
        { cluster, images, ...manifests },
        { ...childOptions(this, options), ...(dependsOn.length > 0 ? { dependsOn } : {}) },
      );
    }
    this.registerOutputs({});
  }

  /** What Prometheus needs before it starts: its configuration, and services that list the pods to scrape. */
  private scraping(name: string, inCluster: pulumi.CustomResourceOptions): pulumi.Resource[] {
    const targets = [
      { namespace: "istio-system", selector: { chart: "gateways" } },
      ...this.args.namespaces.map((namespace) => ({ namespace, selector: { "security.istio.io/tlsMode": "istio" } })),
    ];
    targets.forEach(
      (target) => new kubernetes.core.v1.Service(`${name}-metrics-${target.namespace}`, metrics(target), inCluster),
    );
    const metadata = { name: "prometheus", namespace: "istio-system" };
    const data = { "prometheus.yml": stringify(scrapeConfig(targets)) };
    return [new kubernetes.core.v1.ConfigMap(`${name}-scraping`, { metadata, data }, inCluster)];
  }
}

/**
 * A headless service that lists pods by DNS and that the mesh does not see. Debian builds its Prometheus without
 * Kubernetes discovery, and every build has DNS.
 */
function metrics({ namespace, selector }: Target): kubernetes.core.v1.ServiceArgs {
  const annotations = { "pulumi.com/skipAwait": "true", "networking.istio.io/exportTo": "~" };
  return {
    metadata: { name: "istio-lab-metrics", namespace, annotations },
    spec: { clusterIP: "None", selector, ports: [{ name: "http-metrics", port: PROXY_METRICS.port }] },
  };
}

function scrapeConfig(targets: readonly Target[]): unknown {
  const names = targets.map(({ namespace }) => `istio-lab-metrics.${namespace}.svc.cluster.local`);
  return {
    global: { scrape_interval: "10s" },
    scrape_configs: [
      { job_name: "prometheus", static_configs: [{ targets: ["localhost:9090"] }] },
      { job_name: "istiod", static_configs: [{ targets: ["istiod.istio-system:15014"] }] },
      {
        job_name: "envoy",
        metrics_path: PROXY_METRICS.path,
        dns_sd_configs: [{ names, type: "A", port: PROXY_METRICS.port, refresh_interval: "5s" }],
      },
    ],
  };
}
