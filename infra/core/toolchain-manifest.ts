import { readFileSync } from "node:fs";
import { parseJson } from "./json";
import { machineProcessor, type Processor } from "./processor";
import { manifestFile } from "./toolchain-key";

/** Where tools and images come from: official releases, or builds from package registries. */
export type ToolchainSource = "official" | "registry";

/** Names of the images that labs use; a manifest names those that its source can serve. */
export type ImageName =
  | "kind-node"
  | "vm"
  | "webapp"
  | "catalog"
  | "forum"
  | "simple-backend"
  | "netshoot"
  | "prometheus"
  | "nginx"
  | "grafana"
  | "kiali"
  | "tracing"
  | "kube-ops-view";

/** Something that the study notes have and this machine's source cannot serve. */
export interface Unavailable {
  /** What is missing, e.g. `grafana`. */
  readonly name: string;
  /** Why, in words for the user. */
  readonly reason: string;
}

/** What a host that joins the mesh gets, for its processor: absolute paths. */
export interface HostFiles {
  /** Debian package of the sidecar for VMs. */
  readonly istioSidecarPackage: string;
  /** The forum service for VMs. */
  readonly forumBinary: string;
}

/** Which programs the images of add-ons hold, if Istio's samples have a choice or a source has another build. */
export interface AddonPrograms {
  /** What collects spans and shows traces. */
  readonly tracing: "jaeger" | "zipkin";
  /** How Prometheus finds what it scrapes. Debian builds it without Kubernetes discovery, and every build has DNS. */
  readonly discovery: "kubernetes" | "dns";
}

/** Absolute paths of files that labs send or apply; those for hosts are for the processor of the engine's containers. */
export interface ToolchainFiles extends HostFiles {
  /** MetalLB's native manifest. */
  readonly metallbManifest: string;
  /** Folder of Istio's samples: `addons/` and `bookinfo/`. */
  readonly istioSamples: string;
}

/** What `setup` prepared: written by the toolchain, read by the Pulumi program. */
export interface ToolchainManifest {
  /** Raised when a reader of an older file would be misled. */
  readonly schema: 1;
  readonly source: ToolchainSource;
  /** The row of the version table that is in use, e.g. `book`, or a set of the user's own. */
  readonly versionSet: string;
  readonly lab: string;
  /** Folder of the tools: kind, kubectl, istioctl, pulumi. */
  readonly binFolder: string;
  /** Versions without a leading `v`: kubernetes, istio, metallb, kind, … */
  readonly versions: Readonly<Record<string, string>>;
  /** Image references as the engine or the cluster's nodes know them. */
  readonly images: Readonly<Partial<Record<ImageName, string>>>;
  /** Absolute paths of files that labs send or apply. */
  readonly files: ToolchainFiles;
  /** Processor of the engine's containers, and of the files for hosts. Default: this machine's. */
  readonly processor?: Processor;
  /** Files for hosts with another processor than the engine's containers, e.g. EC2 instances. Default: none. */
  readonly hostFiles?: Readonly<Partial<Record<Processor, HostFiles>>>;
  /** Digests of the images that were pulled, by reference. Default: none was. */
  readonly digests?: Readonly<Record<string, string>>;
  readonly addons: AddonPrograms;
  /** Envoy is upstream's, without Istio's own filters: Istio has to be told. True in registry mode. */
  readonly upstreamEnvoy: boolean;
  /** The kernel withholds CAP_SYS_RESOURCE: the kubelet runs as in a user namespace. */
  readonly restrictedKernel: boolean;
  readonly unavailable: readonly Unavailable[];
}

/**
 * The files for a host, which follow its processor and not this machine's.
 * @returns undefined if the toolchain has none for that processor
 */
export function filesForHost(
  toolchain: Pick<ToolchainManifest, "files" | "processor" | "hostFiles">,
  processor: Processor,
): HostFiles | undefined {
  const own = toolchain.processor ?? machineProcessor();
  return processor === own ? toolchain.files : toolchain.hostFiles?.[processor];
}

/**
 * Reads what `setup` prepared.
 * @param toolchain folder of the toolchain
 * @param setup the command that prepares it, for messages
 * @returns undefined if `setup` has not finished for it
 * @throws Error that names the file and what to run, if it is there but damaged or of another schema
 */
export function readToolchainManifest(
  toolchain: string,
  setup = "npm run lab -- setup",
): ToolchainManifest | undefined {
  const file = manifestFile(toolchain);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  const manifest = parseManifest(text);
  if (manifest === undefined) {
    throw new Error(`${file}: damaged; run: ${setup}`);
  }
  if (manifest.schema !== 1) {
    throw new Error(`${file}: schema ${manifest.schema} given, schema 1 wanted; run: ${setup}`);
  }
  return { ...manifest, schema: 1 };
}

type AnyManifest = Omit<ToolchainManifest, "schema"> & { readonly schema: number };

/** @returns undefined if the text is not a manifest of any schema */
function parseManifest(text: string): AnyManifest | undefined {
  const manifest = parseJson(text) as Partial<AnyManifest> | null | undefined;
  const parts: readonly unknown[] = [manifest?.versions, manifest?.images, manifest?.files];
  const isWhole = typeof manifest?.schema === "number" && parts.every((part) => typeof part === "object" && part);
  return isWhole ? (manifest as AnyManifest) : undefined;
}
