import { join } from "node:path";
import { withImages } from "../cluster/manifest";
import { readManifest, type KubernetesObject } from "../cluster/manifest-file";
import type { ManifestSet } from "../cluster/manifest-issues";
import type { AddonPrograms, ToolchainManifest } from "../core/toolchain-manifest";
import { ADDON_NODE_PORTS, COLLECTOR_NODE_PORT, OPS_VIEW_NODE_PORT, type AddonName } from "./addons";
import { connected } from "./kiali";
import { changedSample, type SampleChanges, type Settings } from "./sample";
import { metricsServices, scrapeConfig } from "./scraping";

/** What decides the add-ons of a cluster. */
export interface AddonChoice {
  readonly toolchain: Pick<ToolchainManifest, "images" | "files" | "addons">;
  /** Namespaces with sidecars to scrape. */
  readonly namespaces: readonly string[];
  /** Node port of kube-ops-view, which the study notes put elsewhere in each lab. Default: as in 13.2.1. */
  readonly opsViewNodePort?: number;
}

/** The one add-on that Istio's samples do not have. */
const OPS_VIEW_MANIFEST = join(__dirname, "manifests", "kube-ops-view.yaml");

/**
 * The manifests of add-ons that are the project's own.
 * @param images those that the toolchain serves, by name
 * @param opsViewNodePort as above
 */
export function ownAddonManifests(
  images: ToolchainManifest["images"],
  opsViewNodePort: number = OPS_VIEW_NODE_PORT,
): Pick<ManifestSet, "files" | "values">[] {
  const set = { files: [OPS_VIEW_MANIFEST], values: { nodePort: String(opsViewNodePort) } };
  return images["kube-ops-view"] === undefined ? [] : [set];
}

/**
 * The objects of an add-on that the toolchain serves.
 * @throws RunError if Istio's sample is not there or has nothing of what is to be changed
 */
export function addonObjects(name: AddonName, choice: AddonChoice): KubernetesObject[] {
  const { toolchain, namespaces } = choice;
  if (name === "kube-ops-view") {
    const sets = ownAddonManifests(toolchain.images, choice.opsViewNodePort);
    const objects = sets.flatMap(({ files, values }) => files.flatMap((file) => readManifest(file, values)));
    return objects.map((object) => withImages(object, toolchain.images));
  }
  const file = join(toolchain.files.istioSamples, "addons", sampleOf(name, toolchain.addons));
  const objects = changedSample(readManifest(file), changesOf(name, choice), file);
  const isFoundByDns = name === "prometheus" && toolchain.addons.discovery === "dns";
  return isFoundByDns ? [...metricsServices(namespaces), ...objects] : objects;
}

type Sampled = Exclude<AddonName, "kube-ops-view">;

function sampleOf(name: Sampled, { tracing }: AddonPrograms): string {
  if (name !== "tracing") {
    return `${name}.yaml`;
  }
  return tracing === "zipkin" ? join("extras", "zipkin.yaml") : "jaeger.yaml";
}

const SMALL = { requests: { cpu: "10m", memory: "64Mi" } };

function changesOf(name: Sampled, { toolchain: { images, addons }, namespaces }: AddonChoice): SampleChanges {
  const common = { deployment: name as string, container: name as string, image: images[name] ?? "", resources: SMALL };
  const nodePorts = { [name]: ADDON_NODE_PORTS[name] };
  switch (name) {
    case "prometheus": {
      const settings = { configMap: name, file: "prometheus.yml", change: () => scrapeConfig(namespaces) };
      const changes = { ...common, container: "prometheus-server", nodePorts };
      return addons.discovery === "dns" ? { ...changes, settings } : changes;
    }
    case "grafana":
      return { ...common, nodePorts, settings: { configMap: name, file: "datasources.yaml", change: onlyPrometheus } };
    case "kiali": {
      const change = (settings: Settings) => connected(settings, images, addons);
      return { ...common, nodePorts, settings: { configMap: name, file: "config.yaml", change } };
    }
    case "tracing":
      return {
        ...common,
        deployment: addons.tracing,
        container: addons.tracing,
        nodePorts: { ...nodePorts, zipkin: COLLECTOR_NODE_PORT },
        ...(addons.tracing === "zipkin" ? ZIPKIN : {}),
      };
  }
}

/** A Java program: it takes seconds of processor time to start, when nobody else wants them, and nobody waits for it. */
const ZIPKIN = {
  resources: { requests: { cpu: "1m", memory: "128Mi" }, limits: { memory: "384Mi" } },
  isAwaited: false,
};

/** Newer samples name a store of logs, too, which the labs do not have. */
function onlyPrometheus(settings: Settings): Settings {
  const sources = settings["datasources"] as readonly Settings[];
  return { ...settings, datasources: sources.filter(({ type }) => type === "prometheus") };
}
