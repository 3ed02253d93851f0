import type { KubernetesObject } from "../cluster/manifest-file";
import type { Settings } from "./sample";

/** Where the metrics of a proxy are: the agent merges Envoy's, its own and the application's there. */
const PROXY_METRICS = { port: 15020, path: "/stats/prometheus" };

/** A set of pods whose metrics are scraped. */
interface Target {
  readonly namespace: string;
  readonly selector: Readonly<Record<string, string>>;
}

/** @param namespaces those with sidecars */
function targetsIn(namespaces: readonly string[]): readonly Target[] {
  return [
    { namespace: "istio-system", selector: { chart: "gateways" } },
    ...namespaces.map((namespace) => ({ namespace, selector: { "security.istio.io/tlsMode": "istio" } })),
  ];
}

/**
 * Headless services that list the pods to scrape by DNS and that the mesh does not see, for a Prometheus without Kubernetes discovery.
 * @param namespaces those with sidecars
 */
export function metricsServices(namespaces: readonly string[]): KubernetesObject[] {
  return targetsIn(namespaces).map(({ namespace, selector }) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: `istio-lab-metrics-${namespace}`,
      namespace,
      annotations: { "networking.istio.io/exportTo": "~" },
    },
    spec: { clusterIP: "None", selector, ports: [{ name: "http-metrics", port: PROXY_METRICS.port }] },
  }));
}

/**
 * What such a Prometheus scrapes.
 * @param namespaces as above
 */
export function scrapeConfig(namespaces: readonly string[]): Settings {
  const names = metricsServices(namespaces).map(
    ({ metadata }) => `${metadata.name}.${metadata.namespace ?? ""}.svc.cluster.local`,
  );
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
