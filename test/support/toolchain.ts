import { madeSamples } from "./samples";
import type { Owner } from "../../infra/core/ownership";
import type { ToolchainManifest } from "../../infra/core/toolchain-manifest";
import type { LabContext } from "../../lab/program/context";

/** A toolchain as registry mode has it, with files that are there. */
export const toolchain: ToolchainManifest = {
  schema: 1,
  source: "registry",
  versionSet: "registry",
  lab: "vm",
  binFolder: "/cache/toolchains/registry-registry-vm/bin",
  versions: { istio: "1.31-lab", kubernetes: "1.34.4", metallb: "0.14.9" },
  images: {
    "kind-node": "node:1",
    vm: "vm:1",
    webapp: "webapp:1",
    catalog: "catalog:1",
    "simple-backend": "simple-backend:1",
    netshoot: "netshoot:1",
    prometheus: "prometheus:1",
    tracing: "zipkin:1",
    nginx: "nginx:1",
  },
  files: {
    metallbManifest: __filename,
    istioSidecarPackage: __filename,
    forumBinary: __filename,
    istioSamples: madeSamples(),
  },
  addons: { tracing: "zipkin", discovery: "dns" },
  upstreamEnvoy: true,
  restrictedKernel: false,
  unavailable: [],
};

/** Who the labs of the tests belong to. */
export const owner: Owner = { stack: "test", stateId: "0123456789abcdef", stateFolder: "/state" };

/** What the labs of stack `test` are built with. */
export function contextOf(served: ToolchainManifest = toolchain): LabContext {
  const image: LabContext["image"] = (name) => served.images[name] ?? "";
  return { stack: owner.stack, owner, stateFolder: "/state/test", toolchain: served, image };
}
