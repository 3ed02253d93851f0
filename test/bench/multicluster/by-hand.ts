import { join } from "node:path";
import { addressAt } from "../../../infra/core/addresses";
import { controlPlaneOperator, eastWestOperator } from "../../../infra/core/istio-operator";
import { kindConfig } from "../../../infra/core/kind-config";
import { NODE_PORTS } from "../../../infra/core/node-ports";
import { loadBalancerPool } from "../../../infra/core/load-balancer-pool";
import type { ToolchainManifest } from "../../../infra/core/toolchain-manifest";
import { PROJECT_FOLDER } from "../../../lab/cli/pulumi/backend";
import type { ByHand } from "../by-hand";
import { SHARED_MANIFESTS } from "../../../lab/shared/manifest-files";
import { identityOf, INGRESS_NODE_PORTS } from "../../../lab/shared/study-notes";
import { EAST_WEST_ADDRESS, INGRESS_ADDRESS } from "../../../lab/multicluster/study-notes";

/** Beside the networks and ports of labs that exist. */
const NETWORK = "172.27.0.0/16";
const HAND_PORT = 31500;

/** The study notes' two clusters; pools by their first number, counted from the end of the network. */
const CLUSTERS = [
  { name: "west", pool: 101 - 256, podCidr: "10.10.0.0/16", serviceCidr: "10.100.0.0/24", region: "westus" },
  { name: "east", pool: 201 - 256, podCidr: "10.20.0.0/16", serviceCidr: "10.200.0.0/24", region: "eastus" },
];
const POOL_SIZE = 20;

/** The `multicluster` lab by hand. */
export function multiClusterByHand(manifest: ToolchainManifest): ByHand {
  const { images, files } = manifest;
  const definitions = CLUSTERS.flatMap((cluster, index) => definitionsOf(cluster, index, manifest));
  return {
    script: join("test", "bench", "multicluster", "by-hand.sh"),
    definitions: Object.fromEntries(definitions),
    environment: {
      SUBNET: NETWORK,
      PORT: String(HAND_PORT),
      MANIFESTS: join(PROJECT_FOLDER, "lab", "multicluster", "manifests"),
      SHARED_MANIFESTS,
      SCRIPTS: join(PROJECT_FOLDER, "infra", "scripts"),
      NODE_IMAGE: images["kind-node"],
      VM_IMAGE: images.vm,
      WEBAPP_IMAGE: images.webapp,
      CATALOG_IMAGE: images.catalog,
      BACKEND_IMAGE: images["simple-backend"],
      NETSHOOT_IMAGE: images.netshoot,
      METALLB_MANIFEST: files.metallbManifest,
    },
  };
}

/** The files that somebody who follows the study notes has before him for one cluster, by name. */
function definitionsOf(
  { name, pool, podCidr, serviceCidr, region }: (typeof CLUSTERS)[number],
  index: number,
  { upstreamEnvoy, restrictedKernel }: ToolchainManifest,
): [string, unknown][] {
  const identity = identityOf(name);
  const address = (number: number) => addressAt(NETWORK, pool + number);
  const nodeLabels = { "topology.kubernetes.io/region": region, "topology.kubernetes.io/zone": "0" };
  const portBase = HAND_PORT + NODE_PORTS.length * index;
  const ingress = { nodePorts: INGRESS_NODE_PORTS, loadBalancerAddress: address(INGRESS_ADDRESS) };
  return [
    [`kind-${name}.yaml`, kindConfig({ podCidr, serviceCidr, portBase, nodeLabels, restrictedKernel })],
    [`control-plane-${name}.yaml`, controlPlaneOperator({ identity, upstreamEnvoy, ingress, admitsVms: false })],
    [`east-west-${name}.yaml`, eastWestOperator({ identity, address: address(EAST_WEST_ADDRESS) })],
    [`pool-${name}.yaml`, loadBalancerPool({ first: address(0), last: address(POOL_SIZE - 1) })],
  ];
}
