import type { Platform } from "./platform";

/** Names of what official releases serve. */
export type ReleaseName =
  | "pulumi"
  | "kind"
  | "kubectl"
  | "istioctl"
  | "istio-samples"
  | "istio-sidecar"
  | "metallb-manifest"
  | "forum"
  | "k3s"
  | "helm";

/** How a downloaded file is known to be the right one. */
export type DigestSource =
  /** A SHA-256 in a file beside it: the first word of `<file><suffix>`. */
  | { readonly from: "beside"; readonly suffix: string }
  /** A SHA-256 in a list of `digest  name` lines, which lies at one of these addresses. */
  | { readonly from: "list"; readonly urls: readonly string[] }
  /** Our own pin, by version. */
  | { readonly from: "pin"; readonly sha256: Readonly<Record<string, string>> }
  /** The id that git gives the content, by version: for files that lie in a repository. */
  | { readonly from: "git-blob"; readonly id: Readonly<Record<string, string>> };

/** One row: where a release lies and how it is checked. `{version}`, `{platform}` and `{processor}` (amd64, arm64) stand for their values. */
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
  /** File names of the programs in the result; empty where it is no program. */
  readonly programs: readonly string[];
}

const goStyle: Release["platforms"] = {
  "linux-x64": "linux-amd64",
  "linux-arm64": "linux-arm64",
  "darwin-x64": "darwin-amd64",
  "darwin-arm64": "darwin-arm64",
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
  `https://storage.googleapis.com/istio-release/releases/{version}${path}`,
  `https://blob.istio.io/istio-release/releases/{version}${path}`,
];

const istioGitHub = "https://github.com/istio/istio/releases/download/{version}";

/** Commit of the book's repository that the forum service is taken from. */
export const forumVersion = "088fbcc2de75cfe7fe3ff492a6dfd64e26f8be06";

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
    platforms: {
      "linux-x64": "linux-amd64",
      "linux-arm64": "linux-arm64",
      "darwin-x64": "osx",
      "darwin-arm64": "osx-arm64",
    },
    digest: { from: "beside", suffix: ".sha256" },
    unpack: { stripComponents: 0 },
    programs: ["istioctl"],
  },
  "istio-samples": {
    title: "Istio's samples",
    bases: [istioGitHub, ...istioBases("")],
    file: "istio-{version}-{platform}.tar.gz",
    platforms: {
      "linux-x64": "linux-amd64",
      "linux-arm64": "linux-arm64",
      "darwin-x64": "osx",
      "darwin-arm64": "osx-arm64",
    },
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
    // Of the file in the Go module go.universe.tf/metallb, which is the same repository at the same tag.
    digest: {
      from: "pin",
      sha256: { "0.14.9": "951065e85692aa106f1bb5d5a487d9306154923a794ab1d82122881cbaf588e4" },
    },
    programs: [],
  },
  forum: {
    title: "the book's forum service",
    // What the notes' https://git.io/J3QrT leads to, at a commit that stays.
    bases: ["https://raw.githubusercontent.com/istioinaction/book-source-code/{version}/services/forum"],
    file: "forum-{platform}",
    platforms: { "linux-x64": "linux-amd64" },
    digest: {
      from: "git-blob",
      id: { [forumVersion]: "a48d0489514a02a56ad4f7093814d109da43661b" },
    },
    programs: ["forum"],
  },
  k3s: {
    title: "k3s",
    bases: ["https://github.com/k3s-io/k3s/releases/download/v{version}"],
    file: "k3s{platform}",
    platforms: { "linux-x64": "", "linux-arm64": "-arm64" },
    digest: {
      from: "list",
      urls: ["https://github.com/k3s-io/k3s/releases/download/v{version}/sha256sum-{processor}.txt"],
    },
    programs: ["k3s"],
  },
  helm: {
    title: "Helm",
    bases: ["https://get.helm.sh"],
    file: "helm-v{version}-{platform}.tar.gz",
    platforms: goStyle,
    digest: { from: "beside", suffix: ".sha256sum" },
    unpack: { stripComponents: 1 },
    programs: ["helm"],
  },
};
