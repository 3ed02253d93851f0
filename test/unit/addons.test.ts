import { existsSync, readdirSync, rmSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { addonObjects } from "../../infra/addon/addon-objects";
import { addonUrls, linkedPages, servedAddons, type AddonName } from "../../infra/addon/addons";
import { linked } from "../../infra/addon/kiali";
import { readManifest, type KubernetesObject } from "../../infra/cluster/manifest-file";
import { onLoopback } from "../../infra/core/node-ports";
import type { AddonPrograms } from "../../infra/core/toolchain-manifest";
import { bookinfoImages } from "../../infra/toolchain/registry/pod-images";
import { istioModule } from "../../infra/toolchain/registry/versions";
import { madeSamples, type SampleAge } from "../support/samples";
import { toolchain } from "../support/toolchain";

const images = {
  ...{ prometheus: "prometheus:1", grafana: "grafana:1", kiali: "quay.io/kiali/kiali:v2.26", tracing: "jaeger:1" },
  "kube-ops-view": "ops:1",
};
const samples = { old: madeSamples("old"), new: madeSamples("new") };
const official: AddonPrograms = { tracing: "jaeger", discovery: "kubernetes" };
const registry: AddonPrograms = { tracing: "zipkin", discovery: "dns" };

interface Choice {
  readonly age?: SampleAge;
  readonly addons?: AddonPrograms;
  readonly served?: Readonly<Record<string, string>>;
  readonly istioSamples?: string;
}

function objectsOf(name: AddonName, choice: Choice = {}): KubernetesObject[] {
  const { age = "new", addons = official, served = images, istioSamples = samples[age] } = choice;
  const files = { ...toolchain.files, istioSamples };
  return addonObjects(name, { toolchain: { images: served, files, addons }, namespaces: ["shop"] });
}

type Spec = Readonly<{
  type: string;
  ports?: readonly { port: number; nodePort?: number }[];
  template: { spec: { containers: readonly Readonly<Record<string, unknown>>[] } };
}>;
const specsOf = (objects: readonly KubernetesObject[], kind: string) =>
  objects.filter((one) => one.kind === kind).map((one) => one["spec"] as Spec);
const containersOf = (objects: readonly KubernetesObject[]) =>
  specsOf(objects, "Deployment").flatMap(({ template }) => template.spec.containers);
const nodePortsOf = (objects: readonly KubernetesObject[]) =>
  objects
    .filter(({ kind }) => kind === "Service")
    .map(({ metadata, ...object }) => [
      metadata.name,
      ((object["spec"] as Spec).ports ?? []).map((one) => one.nodePort),
    ]);
const settingsOf = (objects: readonly KubernetesObject[], name: string, file: string) => {
  const found = objects.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === name);
  return parse((found?.["data"] as Record<string, string>)[file]!) as Record<string, Record<string, never>>;
};

const eachShape = (["old", "new"] as const).flatMap((age) =>
  (["prometheus", "grafana", "kiali", "tracing"] as const).map((name) => [name, age] as const),
);

describe.each(eachShape)("the add-on %s out of %s samples", (name, age) => {
  const objects = objectsOf(name, { age });

  it("is one container of the toolchain's image, which is asked for readiness at once", () => {
    expect(containersOf(objects)).toEqual([
      expect.objectContaining({
        image: images[name],
        imagePullPolicy: "IfNotPresent",
        readinessProbe: expect.objectContaining({ initialDelaySeconds: 0, periodSeconds: 2 }) as unknown,
      }),
    ]);
    expect(containersOf(objects)[0]).not.toHaveProperty("startupProbe");
  });

  it("asks for little, and keeps the limits that the sample has", () => {
    const limits = name === "kiali" ? { limits: { memory: "1Gi" } } : {};
    const resources = { requests: { cpu: "10m", memory: "64Mi" }, ...limits };
    expect(containersOf(objects)[0]?.["resources"]).toEqual(resources);
  });

  it("has the notes' node port on the first port of its service, and on no other", () => {
    const port = { prometheus: 30001, grafana: 30002, kiali: 30003, tracing: 30004 }[name];
    const service = nodePortsOf(objects).find(([service]) => service === name);
    expect(service?.[1]?.[0]).toBe(port);
    expect((service?.[1] as unknown[]).slice(1).filter((one) => one !== undefined)).toEqual([]);
    expect(specsOf(objects, "Service").map(({ type }) => type)).not.toContain("ClusterIP");
  });
});

describe("Grafana", () => {
  it.each(["old", "new"] as const)("asks Prometheus alone, by %s samples", (age) => {
    const { datasources } = settingsOf(objectsOf("grafana", { age }), "grafana", "datasources.yaml");
    expect(datasources).toEqual([expect.objectContaining({ type: "prometheus", url: "http://prometheus:9090" })]);
  });

  it("gets the dashboards character by character", () => {
    const boards = objectsOf("grafana").find(({ metadata }) => metadata.name === "istio-grafana-dashboards");
    expect(boards?.["data"]).toEqual({ "mesh.json": '{"title":"Istio Mesh Dashboard","by":"${datasource}"}' });
  });
});

describe("Kiali", () => {
  const servicesOf = (choice: Choice) =>
    settingsOf(objectsOf("kiali", choice), "kiali", "config.yaml")["external_services"]!;

  it.each([
    ["quay.io/kiali/kiali:v1.63", "in_cluster_url", "url"],
    ["quay.io/kiali/kiali:v1.87", "in_cluster_url", "url"],
    ["quay.io/kiali/kiali:v2.26", "internal_url", "external_url"],
    ["mirror.example:5000/kiali/kiali:v2.0.0", "internal_url", "external_url"],
  ])("%s is told of the other add-ons in its own words, and keeps the rest", (image, inside, outside) => {
    const services = servicesOf({ served: { ...images, kiali: image } });
    expect(services).toEqual({
      custom_dashboards: { enabled: true },
      prometheus: { enabled: true, url: "http://prometheus.istio-system:9090" },
      grafana: { enabled: true, [inside]: "http://grafana.istio-system:3000" },
      tracing: { enabled: true, use_grpc: true, [inside]: "http://tracing.istio-system:16685/jaeger" },
    });
    const settings = linked({ external_services: services }, image, linkedPages(onLoopback(31000)));
    expect(settings["external_services"]).toMatchObject({
      grafana: { [outside]: "http://127.0.0.1:31002", [inside]: "http://grafana.istio-system:3000" },
      tracing: { [outside]: "http://127.0.0.1:31004/jaeger" },
    });
  });

  it.each([
    ["no Grafana", { kiali: "kiali:v2.0" }, official, "grafana"],
    ["no tracing", { kiali: "kiali:v2.0" }, official, "tracing"],
    ["Zipkin, which it does not read", { kiali: "kiali:v2.0", tracing: "zipkin:1" }, registry, "tracing"],
  ])("looks for nothing that is not there: %s", (_, served, addons, service) => {
    expect(servicesOf({ served, addons })[service]).toMatchObject({ enabled: false });
  });
});

describe("Prometheus", () => {
  it("keeps the samples' configuration if it finds pods by Kubernetes", () => {
    const objects = objectsOf("prometheus");
    expect(settingsOf(objects, "prometheus", "prometheus.yml")).toEqual({
      scrape_configs: [{ job_name: "kubernetes-pods" }],
    });
    expect(nodePortsOf(objects).map(([name]) => name)).toEqual(["prometheus"]);
  });

  it("finds them by services that the mesh does not see if it knows DNS alone", () => {
    const objects = objectsOf("prometheus", { addons: registry });
    const names = ["istio-system", "shop"].map((namespace) => `istio-lab-metrics-${namespace}`);
    const hidden = objects.filter(({ metadata }) => metadata.annotations?.["networking.istio.io/exportTo"] === "~");
    expect(hidden.map(({ metadata }) => metadata.name)).toEqual(names);
    const { scrape_configs: jobs } = settingsOf(objects, "prometheus", "prometheus.yml");
    expect(JSON.stringify(jobs)).toContain(
      JSON.stringify(["istio-system", "shop"].map((one) => `istio-lab-metrics-${one}.${one}.svc.cluster.local`)),
    );
  });
});

describe("tracing", () => {
  it.each([
    ["Jaeger", official, "jaeger"],
    ["Zipkin", registry, "zipkin"],
  ])("by %s collects spans inside the cluster, and at a node port for proxies outside", (_, addons, container) => {
    const objects = objectsOf("tracing", { addons });
    expect(containersOf(objects).map(({ name }) => name)).toEqual([container]);
    expect(Object.fromEntries(nodePortsOf(objects))).toMatchObject({ zipkin: [30041] });
  });

  it("by Zipkin gives way to everything else, and nobody waits for it", () => {
    const objects = objectsOf("tracing", { addons: registry });
    const [deployment] = objects.filter(({ kind }) => kind === "Deployment");
    expect(deployment?.metadata.annotations).toEqual({ "pulumi.com/skipAwait": "true" });
    expect(containersOf(objects)[0]?.["resources"]).toMatchObject({ requests: { cpu: "1m" } });
    expect(JSON.stringify(objectsOf("tracing"))).not.toContain("skipAwait");
  });
});

describe("add-ons", () => {
  it("are those whose images are served, and kube-ops-view is where a lab's study notes put it", () => {
    expect(servedAddons({ images })).toEqual(["prometheus", "grafana", "kiali", "tracing", "kube-ops-view"]);
    expect(servedAddons({ images: { nginx: "n", tracing: "t" } })).toEqual(["tracing"]);
    const served = { nginx: "n", tracing: "t", "kube-ops-view": "o" };
    const urls = (addons: AddonPrograms) =>
      addonUrls(onLoopback(31000), { images: served, addons }, 30005).map(({ name, url }) => [name, url]);
    const opsView = ["kube-ops-view", "http://127.0.0.1:31005"];
    expect(urls(registry)).toEqual([["tracing", "http://127.0.0.1:31004"], opsView]);
    expect(urls(official)).toEqual([["tracing", "http://127.0.0.1:31004/jaeger"], opsView]);
    expect(containersOf(objectsOf("kube-ops-view")).map(({ image }) => image)).toEqual(["ops:1"]);
  });

  it("of a sample that has nothing of what is to be changed are an error that names it", () => {
    const folder = madeSamples();
    rmSync(join(folder, "addons", "jaeger.yaml"));
    expect(() => objectsOf("tracing", { istioSamples: folder })).toThrow(
      /jaeger\.yaml: is missing; run: npm run lab -- setup/,
    );
    execFileSync("cp", [join(folder, "addons", "extras", "zipkin.yaml"), join(folder, "addons", "jaeger.yaml")]);
    expect(() => objectsOf("tracing", { istioSamples: folder })).toThrow(
      "container jaeger of Deployment jaeger wanted, and Istio's sample has none",
    );
  });
});

/** Istio's own samples of the version that the registry source builds, if Go has its module. */
function istioModuleSamples(): string | undefined {
  try {
    const env = { ...process.env, HOME: userInfo().homedir };
    const cache = execFileSync("go", ["env", "GOMODCACHE"], { encoding: "utf8", env }).trim();
    const folder = join(cache, `${istioModule.path}@${istioModule.version}`, "samples");
    return existsSync(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}

const istioSamples = istioModuleSamples();

describe.skipIf(istioSamples === undefined)("Istio's own samples", () => {
  it.each(["prometheus", "grafana", "kiali", "tracing"] as const)("have what the labs change of %s", (name) => {
    for (const addons of [official, registry]) {
      const objects = objectsOf(name, { istioSamples: istioSamples!, addons });
      expect(containersOf(objects).map(({ image }) => image)).toEqual([images[name]]);
    }
  });

  it("name the images of Bookinfo by which the nodes have them", () => {
    const objects = readManifest(join(istioSamples!, "bookinfo", "platform", "kube", "bookinfo.yaml"));
    expect(new Set(containersOf(objects).map(({ image }) => image))).toEqual(new Set(bookinfoImages));
  });

  it("have the dashboards that verify looks for", () => {
    const text = JSON.stringify(objectsOf("grafana", { istioSamples: istioSamples! }));
    for (const name of ["Control Plane", "Mesh", "Service", "Workload"]) {
      expect(text).toContain(name);
    }
    expect(readdirSync(join(istioSamples!, "addons"))).toContain("extras");
  });
});
