import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";

/** In which shape Istio's samples are: that of the book's Istio, or that of a new one. */
export type SampleAge = "old" | "new";

type Values = Readonly<Record<string, unknown>>;

const inMesh = (name: string) => ({ name, namespace: "istio-system", labels: { app: name } });

const service = (name: string, app: string, ...ports: Values[]): Values => ({
  ...{ apiVersion: "v1", kind: "Service", metadata: inMesh(name) },
  spec: { type: "ClusterIP", ports, selector: { app } },
});

const configMap = (name: string, data: Values): Values => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", metadata: inMesh(name) },
  data: Object.fromEntries(
    Object.entries(data).map(([file, text]) => [file, typeof text === "string" ? text : stringify(text)]),
  ),
});

const deployment = (name: string, ...containers: Values[]): Values => ({
  ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: inMesh(name) },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name, "sidecar.istio.io/inject": "false" } },
      spec: { serviceAccountName: name, containers },
    },
  },
});

const account = (name: string): Values => ({ apiVersion: "v1", kind: "ServiceAccount", metadata: inMesh(name) });

const slow = { readinessProbe: { httpGet: { path: "/healthz", port: 1 }, initialDelaySeconds: 5, periodSeconds: 30 } };

/** What the samples differ in, from 1.17 to 1.31: containers, images, probes, settings, and further ports and objects. */
const FILES: Readonly<Record<string, (age: SampleAge) => readonly Values[]>> = {
  "addons/prometheus.yaml": (age) => [
    account("prometheus"),
    configMap("prometheus", { "prometheus.yml": { scrape_configs: [{ job_name: "kubernetes-pods" }] }, rules: {} }),
    service("prometheus", "prometheus", { name: "http", port: 9090, targetPort: 9090 }),
    deployment(
      "prometheus",
      { name: "prometheus-server-configmap-reload", image: "reload:1" },
      {
        ...{ name: "prometheus-server", image: "prom/prometheus:v2.34.0", ...slow },
        ...(age === "old" ? { resources: {} } : {}),
      },
    ),
  ],
  "addons/grafana.yaml": (age) => [
    account("grafana"),
    configMap("grafana", {
      "grafana.ini": "[log]\nmode = console\n",
      "datasources.yaml": {
        apiVersion: 1,
        datasources: [
          { name: "Prometheus", type: "prometheus", url: "http://prometheus:9090" },
          ...(age === "new" ? [{ name: "Loki", type: "loki", url: "http://loki:3100" }] : []),
        ],
      },
    }),
    service("grafana", "grafana", { name: "service", port: 3000, targetPort: 3000 }),
    deployment("grafana", { name: "grafana", image: "grafana/grafana:9.0.1", ...slow }),
    configMap("istio-grafana-dashboards", { "mesh.json": '{"title":"Istio Mesh Dashboard","by":"${datasource}"}' }),
  ],
  "addons/kiali.yaml": (age) => [
    account("kiali"),
    configMap("kiali", {
      "config.yaml": {
        auth: { strategy: "anonymous" },
        external_services: {
          custom_dashboards: { enabled: true },
          ...(age === "new" ? { prometheus: { enabled: true }, tracing: { enabled: false } } : {}),
        },
      },
    }),
    service("kiali", "kiali", { name: "http", port: 20001 }, { name: "http-metrics", port: 9090 }),
    deployment("kiali", {
      ...{ name: "kiali", image: "quay.io/kiali/kiali:v1.63", imagePullPolicy: "Always", ...slow },
      resources: { limits: { memory: "1Gi" }, requests: { cpu: "10m", memory: "64Mi" } },
      ...(age === "new" ? { startupProbe: { initialDelaySeconds: 30 } } : {}),
    }),
  ],
  "addons/jaeger.yaml": (age) => [
    deployment("jaeger", { name: "jaeger", image: "docker.io/jaegertracing/all-in-one:1.35", ...slow }),
    ...(age === "new" ? [configMap("jaeger", { "config.yaml": { service: {} } })] : []),
    service("tracing", "jaeger", { name: "http-query", port: 80, targetPort: 16686 }, { name: "grpc", port: 16685 }),
    service("zipkin", "jaeger", { name: "http-query", port: 9411, targetPort: 9411 }),
  ],
  "addons/extras/zipkin.yaml": () => [
    deployment("zipkin", { name: "zipkin", image: "openzipkin/zipkin-slim:2.23.14", ...slow }),
    service("tracing", "zipkin", { name: "http-query", port: 80, targetPort: 9411 }),
    service("zipkin", "zipkin", { name: "http-query", port: 9411, targetPort: 9411 }),
  ],
  "bookinfo/platform/kube/bookinfo.yaml": () =>
    Object.entries({ details: 1, ratings: 1, reviews: 3, productpage: 1 }).flatMap(([name, versions]) => [
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name },
        spec: { ports: [{ port: 9080 }], selector: { app: name } },
      },
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: `bookinfo-${name}` } },
      ...Array.from({ length: versions }, (_, index) => bookinfoService(name, `v${index + 1}`)),
    ]),
};

function bookinfoService(name: string, version: string): Values {
  const labels = { app: name, version };
  const containers = [{ name, image: `istio/examples-bookinfo-${name}-${version}:1` }];
  return {
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: `${name}-${version}`, labels } },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { serviceAccountName: `bookinfo-${name}`, containers } },
    },
  };
}

/**
 * Writes samples in the shape of Istio's, which goes when the test process ends.
 * @returns the folder
 */
export function madeSamples(age: SampleAge = "new"): string {
  const folder = mkdtempSync(join(tmpdir(), "istio-lab-samples-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const [file, objects] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(
      join(folder, file),
      objects(age)
        .map((object) => stringify(object))
        .join("---\n"),
    );
  }
  return folder;
}
