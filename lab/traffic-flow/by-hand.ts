import { join } from "node:path";
import { defaultProfileOperator } from "../../infra/core/istio-operator";
import { kindConfig } from "../../infra/core/kind-config";
import type { ToolchainManifest } from "../../infra/core/toolchain-manifest";
import type { ByHand } from "../by-hand";
import { NODE_PORTS } from "./notes";

/** Beside the networks and ports of labs that stand. */
const NETWORK = "172.26.0.0/16";
const HAND_PORT = 31500;

/** The `traffic-flow` lab by hand. */
export function trafficFlowByHand({ images, upstreamEnvoy, restrictedKernel }: ToolchainManifest): ByHand {
  const [podCidr, serviceCidr] = ["10.10.0.0/16", "10.200.1.0/24"];
  return {
    script: join("test", "bench", "traffic-flow-by-hand.sh"),
    definitions: {
      "kind.yaml": kindConfig({ podCidr, serviceCidr, portBase: HAND_PORT, restrictedKernel }),
      "control-plane.yaml": defaultProfileOperator({ upstreamEnvoy, ingress: { nodePorts: NODE_PORTS } }),
    },
    environment: {
      SUBNET: NETWORK,
      PORT: String(HAND_PORT),
      DOMAIN: "www.gasida.dev",
      MANIFESTS: join(__dirname, "manifests"),
      ADDONS: join(__dirname, "..", "..", "infra", "addon", "manifests"),
      NODE_IMAGE: images["kind-node"],
      VM_IMAGE: images.vm,
      PROMETHEUS_IMAGE: images.prometheus,
    },
  };
}
