import { join } from "node:path";
import { defaultProfileOperator } from "../../../infra/core/istio-operator";
import { kindConfig } from "../../../infra/core/kind-config";
import type { ToolchainManifest } from "../../../infra/core/toolchain-manifest";
import { PROJECT_FOLDER } from "../../../lab/cli/pulumi/backend";
import { addonList, type ByHand } from "../by-hand";
import { BOOKINFO } from "../../../lab/traffic-flow/manifest-sets";
import { NODE_PORTS, OPS_VIEW_NODE_PORT } from "../../../lab/traffic-flow/study-notes";

/** Beside the networks and ports of labs that exist. */
const NETWORK = "172.26.0.0/16";
const HAND_PORT = 31500;

/** The `traffic-flow` lab by hand. */
export function trafficFlowByHand(toolchain: ToolchainManifest): ByHand {
  const { images, files, upstreamEnvoy, restrictedKernel } = toolchain;
  const hasTracing = images.tracing !== undefined;
  const [podCidr, serviceCidr] = ["10.10.0.0/16", "10.200.1.0/24"];
  return {
    script: join("test", "bench", "traffic-flow", "by-hand.sh"),
    definitions: {
      "kind.yaml": kindConfig({ podCidr, serviceCidr, portBase: HAND_PORT, restrictedKernel }),
      "control-plane.yaml": defaultProfileOperator({ upstreamEnvoy, hasTracing, ingress: { nodePorts: NODE_PORTS } }),
      "addons.yaml": addonList({ toolchain, namespaces: ["default"], opsViewNodePort: OPS_VIEW_NODE_PORT }),
    },
    environment: {
      SUBNET: NETWORK,
      PORT: String(HAND_PORT),
      DOMAIN: "www.gasida.dev",
      MANIFESTS: join(PROJECT_FOLDER, "lab", "traffic-flow", "manifests"),
      BOOKINFO: join(files.istioSamples, BOOKINFO),
      NODE_IMAGE: images["kind-node"],
      VM_IMAGE: images.vm,
    },
  };
}
