import { join } from "node:path";
import type { ManifestParts } from "../manifest";
import { appImages, kindNodeImage, vmImage, type OfficialOptions } from "./steps";

/**
 * What official mode offers.
 * @param folder final folder of a finished step
 */
export function officialManifest(options: OfficialOptions, folder: (step: string) => string): ManifestParts {
  const { versions, lab } = options;
  const { kubernetes, istio } = versions.labs[lab];
  const { kind, metallb, pulumi, pulumiCommand, pulumiKubernetes, kubectl, k3s, helm } = versions;
  return {
    versions: { kubernetes, istio, kind, metallb, pulumi, pulumiCommand, pulumiKubernetes, kubectl, k3s, helm },
    images: { ...versions.labs[lab].addons, ...appImages, "kind-node": kindNodeImage(versions, lab), vm: vmImage },
    files: {
      metallbManifest: join(folder("metallb-manifest"), "metallb-native.yaml"),
      istioSidecarPackage: join(folder("istio-sidecar"), "istio-sidecar.deb"),
      forumBinary: join(folder("forum"), "forum"),
      istioSamples: folder("istio-samples"),
    },
    addons: versions.addonPrograms ?? { tracing: "jaeger", discovery: "kubernetes" },
    upstreamEnvoy: false,
    unavailable: [],
  };
}
