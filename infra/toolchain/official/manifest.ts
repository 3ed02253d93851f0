import { join } from "node:path";
import type { ManifestParts } from "../manifest";
import type { HostFiles } from "../../core/toolchain-manifest";
import { engineImage } from "../image";
import { digestsIn, engineImageSteps } from "./image-steps";
import { appImages } from "./images";
import { cloudProcessors, containerProcessor, type OfficialOptions } from "./steps";

/**
 * What official mode offers.
 * @param folder final folder of a finished step
 */
export function officialManifest(options: OfficialOptions, folder: (step: string) => string): ManifestParts {
  const { versions, lab } = options;
  const { kubernetes, istio, addons } = lab;
  const { kind, metallb, pulumi, pulumiCommand, pulumiKubernetes, kubectl, k3s, helm } = versions;
  return {
    versions: { kubernetes, istio, kind, metallb, pulumi, pulumiCommand, pulumiKubernetes, kubectl, k3s, helm },
    images: { ...addons, ...appImages, ...engineImages(folder) },
    files: {
      metallbManifest: join(folder("metallb-manifest"), "metallb-native.yaml"),
      istioSamples: folder("istio-samples"),
      ...hostFiles(folder, ""),
    },
    processor: containerProcessor(options),
    hostFiles: Object.fromEntries(cloudProcessors(options).map((other) => [other, hostFiles(folder, `-${other}`)])),
    digests: Object.assign({}, ...Object.values(engineImageSteps).map((step) => digestsIn(folder(step)))) as Record<
      string,
      string
    >,
    addons: versions.addonPrograms ?? { tracing: "jaeger", discovery: "kubernetes" },
    upstreamEnvoy: versions.upstreamEnvoy ?? false,
    unavailable: [],
  };
}

function engineImages(folder: (step: string) => string): Record<keyof typeof engineImageSteps, string> {
  return {
    "kind-node": engineImage(folder(engineImageSteps["kind-node"])),
    vm: engineImage(folder(engineImageSteps.vm)),
  };
}

function hostFiles(folder: (step: string) => string, suffix: string): HostFiles {
  return {
    istioSidecarPackage: join(folder(`istio-sidecar${suffix}`), "istio-sidecar.deb"),
    forumBinary: join(folder(`forum${suffix}`), "forum"),
  };
}
