import type { Platform } from "./platform";

/** Names of what official releases serve. */
export type ReleaseName =
  | "pulumi"
  | "pulumi-command"
  | "pulumi-kubernetes"
  | "pulumi-aws"
  | "kind"
  | "kubectl"
  | "istioctl"
  | "istio-samples"
  | "istio-sidecar"
  | "metallb-manifest"
  | "forum";

/** How a downloaded file is known to be the right one. */
export type DigestSource =
  /** A SHA-256 in a file beside it: the first word of `<file><suffix>`. */
  | { readonly from: "beside"; readonly suffix: string }
  /** A SHA-256, or the SHA-1 that some releases have, in a list of `digest  name` lines, which lies at one of these addresses. */
  | { readonly from: "list"; readonly urls: readonly string[] }
  /** A SHA-256 that the version set pins. */
  | { readonly from: "pin" }
  /** The id that git gives the content, which the version set pins: for files that lie in a repository. */
  | { readonly from: "git-blob" };

/** One row: where a release lies and how it is checked. `{version}` and `{platform}` stand for their values. */
export interface Release {
  /** For messages, e.g. `kubectl`. */
  readonly title: string;
  /** Addresses without the file's name, the preferred one first: a host that moved is one line here. */
  readonly bases: readonly string[];
  readonly file: string;
  /** How the release spells each platform; one that is not here is not released. */
  readonly platforms: Readonly<Partial<Record<Platform, string>>>;
  readonly digest: DigestSource;
  /** Where the file is a gzipped tar archive: what of it is wanted, without the archive's own folder. `member` may name the version. Default: all. */
  readonly unpack?: { readonly stripComponents: number; readonly member?: string };
  /** File names of the programs in the result; empty if it is no program. */
  readonly programs: readonly string[];
}

const goStyle: Release["platforms"] = {
  "linux-x64": "linux-amd64",
  "linux-arm64": "linux-arm64",
  "darwin-x64": "darwin-amd64",
  "darwin-arm64": "darwin-arm64",
};

const istioStyle: Release["platforms"] = {
  "linux-x64": "linux-amd64",
  "linux-arm64": "linux-arm64",
  "darwin-x64": "osx",
  "darwin-arm64": "osx-arm64",
};

const goFolders: Release["platforms"] = {
  "linux-x64": "linux/amd64",
  "linux-arm64": "linux/arm64",
  "darwin-x64": "darwin/amd64",
  "darwin-arm64": "darwin/arm64",
};

const everywhere: Release["platforms"] = { "linux-x64": "", "linux-arm64": "", "darwin-x64": "", "darwin-arm64": "" };

/** Istio's files leave Google's storage in December 2026. */
const istioBases = (path: string): readonly string[] => [
  `https://blob.istio.io/istio-release/releases/{version}${path}`,
  `https://storage.googleapis.com/istio-release/releases/{version}${path}`,
];

/** A resource plugin as Pulumi itself would fetch it, with the list of digests of its release: so the mirror of releases serves it, too. */
function pulumiPlugin(name: string): Release {
  const gitHub = `https://github.com/pulumi/pulumi-${name}/releases/download/v{version}`;
  return {
    title: `Pulumi's plugin ${name}`,
    bases: ["https://get.pulumi.com/releases/plugins", gitHub],
    file: `pulumi-resource-${name}-v{version}-{platform}.tar.gz`,
    platforms: goStyle,
    digest: { from: "list", urls: [`${gitHub}/pulumi-${name}_{version}_checksums.txt`] },
    unpack: { stripComponents: 0 },
    programs: [`pulumi-resource-${name}`],
  };
}

const istioGitHub = "https://github.com/istio/istio/releases/download/{version}";

/** Every release that a lab may need. */
export const releases: Readonly<Record<ReleaseName, Release>> = {
  pulumi: {
    title: "Pulumi",
    bases: ["https://get.pulumi.com/releases/sdk", "https://github.com/pulumi/pulumi/releases/download/v{version}"],
    file: "pulumi-v{version}-{platform}.tar.gz",
    platforms: {
      "linux-x64": "linux-x64",
      "linux-arm64": "linux-arm64",
      "darwin-x64": "darwin-x64",
      "darwin-arm64": "darwin-arm64",
    },
    digest: {
      from: "list",
      urls: [
        "https://github.com/pulumi/pulumi/releases/download/v{version}/pulumi-{version}-checksums.txt",
        "https://get.pulumi.com/releases/sdk/pulumi-{version}-checksums.txt",
      ],
    },
    unpack: { stripComponents: 1 },
    programs: ["pulumi", "pulumi-language-nodejs"],
  },
  "pulumi-command": pulumiPlugin("command"),
  "pulumi-kubernetes": pulumiPlugin("kubernetes"),
  "pulumi-aws": pulumiPlugin("aws"),
  kind: {
    title: "kind",
    bases: [
      "https://github.com/kubernetes-sigs/kind/releases/download/v{version}",
      "https://kind.sigs.k8s.io/dl/v{version}",
    ],
    file: "kind-{platform}",
    platforms: goStyle,
    digest: { from: "beside", suffix: ".sha256sum" },
    programs: ["kind"],
  },
  kubectl: {
    title: "kubectl",
    bases: [
      "https://dl.k8s.io/release/v{version}/bin/{platform}",
      "https://cdn.dl.k8s.io/release/v{version}/bin/{platform}",
    ],
    file: "kubectl",
    platforms: goFolders,
    digest: { from: "beside", suffix: ".sha256" },
    programs: ["kubectl"],
  },
  istioctl: {
    title: "istioctl",
    bases: [istioGitHub, ...istioBases("")],
    file: "istioctl-{version}-{platform}.tar.gz",
    platforms: istioStyle,
    digest: { from: "beside", suffix: ".sha256" },
    unpack: { stripComponents: 0 },
    programs: ["istioctl"],
  },
  "istio-samples": {
    title: "Istio's samples",
    bases: [istioGitHub, ...istioBases("")],
    file: "istio-{version}-{platform}.tar.gz",
    platforms: istioStyle,
    digest: { from: "beside", suffix: ".sha256" },
    unpack: { stripComponents: 2, member: "istio-{version}/samples" },
    programs: [],
  },
  "istio-sidecar": {
    title: "the Debian package of Istio's sidecar",
    bases: istioBases("/deb"),
    file: "istio-sidecar{platform}.deb",
    platforms: { "linux-x64": "", "linux-arm64": "-arm64" },
    digest: { from: "beside", suffix: ".sha256" },
    programs: [],
  },
  "metallb-manifest": {
    title: "MetalLB's manifest",
    bases: ["https://raw.githubusercontent.com/metallb/metallb/v{version}/config/manifests"],
    file: "metallb-native.yaml",
    platforms: everywhere,
    digest: { from: "pin" },
    programs: [],
  },
  forum: {
    title: "the book's forum service",
    bases: ["https://raw.githubusercontent.com/istioinaction/book-source-code/{version}/services/forum"],
    file: "forum-{platform}",
    platforms: { "linux-x64": "linux-amd64" },
    digest: { from: "git-blob" },
    programs: ["forum"],
  },
};
