import { join } from "node:path";
import { addressAt } from "../../../infra/core/addresses";
import { controlPlaneOperator, eastWestOperator } from "../../../infra/core/istio-operator";
import { kindConfig } from "../../../infra/core/kind-config";
import { loadBalancerPool } from "../../../infra/core/load-balancer-pool";
import type { ToolchainManifest } from "../../../infra/core/toolchain-manifest";
import { PROJECT_FOLDER } from "../../../lab/cli/pulumi/backend";
import { addonList, type ByHand } from "../by-hand";
import { SHARED_MANIFESTS } from "../../../lab/shared/manifest-files";
import { INGRESS_NODE_PORTS } from "../../../lab/shared/study-notes";
import { IDENTITY, LOAD_BALANCER_POOL } from "../../../lab/vm/study-notes";

/** Beside the networks and ports of labs that exist. */
const NETWORK = "192.168.77.0/24";
const HAND_PORT = 31500;

/** The `vm` lab by hand. */
export function vmByHand(manifest: ToolchainManifest): ByHand {
  const { images, files } = manifest;
  return {
    script: join("test", "bench", "vm", "by-hand.sh"),
    definitions: definitionsOf(manifest),
    environment: {
      SUBNET: NETWORK,
      PORT: String(HAND_PORT),
      SSH_PORT: String(HAND_PORT + 22),
      MANIFESTS: join(PROJECT_FOLDER, "lab", "vm", "manifests"),
      SHARED_MANIFESTS,
      NODE_IMAGE: images["kind-node"],
      VM_IMAGE: images.vm,
      WEBAPP_IMAGE: images.webapp,
      CATALOG_IMAGE: images.catalog,
      METALLB_MANIFEST: files.metallbManifest,
      SIDECAR_PACKAGE: files.istioSidecarPackage,
      FORUM_BINARY: files.forumBinary,
    },
  };
}

/** The files that somebody who follows the study notes has before him, by name. */
function definitionsOf(toolchain: ToolchainManifest): Readonly<Record<string, unknown>> {
  const { upstreamEnvoy, restrictedKernel, images } = toolchain;
  const first = addressAt(NETWORK, LOAD_BALANCER_POOL.first);
  const last = addressAt(NETWORK, LOAD_BALANCER_POOL.last);
  return {
    "kind.yaml": kindConfig({
      podCidr: "172.16.0.0/16",
      serviceCidr: "10.10.200.0/24",
      portBase: HAND_PORT,
      restrictedKernel,
    }),
    "control-plane.yaml": controlPlaneOperator({
      identity: IDENTITY,
      upstreamEnvoy,
      hasTracing: images.tracing !== undefined,
      ingress: { nodePorts: INGRESS_NODE_PORTS },
      admitsVms: true,
    }),
    "east-west.yaml": eastWestOperator({ identity: IDENTITY, address: first }),
    "addons.yaml": addonList({ toolchain, namespaces: ["istioinaction"] }),
    "pool.yaml": loadBalancerPool({ first, last }),
  };
}
