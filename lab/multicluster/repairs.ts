import type { Repair } from "../../infra/core/check";
import { here, inCluster, OK, restartIstio } from "../shared/check-commands";
import type { AccessCluster, LabOutputs } from "../program/outputs";
import { contextsOf, meshOf, remoteClusters, statusOf, synced, type Mesh } from "./check-commands";

/** What a restart of nodes or of the Docker daemon can break in the `multicluster` lab. */
export function multiClusterRepairs(outputs: LabOutputs): readonly Repair[] {
  const mesh = meshOf(outputs);
  return [...mesh.clusters.map((cluster) => discovery(cluster, mesh)), connectivity(mesh)];
}

/** istiod asks an API server that was away again after longer and longer pauses. */
function discovery(cluster: AccessCluster, { clusters }: Mesh): Repair {
  const { name } = cluster;
  return {
    wanted: {
      name: `${name}-sees-others`,
      shows: `the istiod of ${name} reads the workloads of all other clusters`,
      source: "12 create-remote-secret",
      command: remoteClusters(cluster),
      expect: synced(clusters.filter((other) => other !== cluster)),
      deadlineSeconds: 40,
    },
    repair: inCluster(name, restartIstio(["istiod"])),
    done: `istiod of ${name} was restarted`,
  };
}

function connectivity({ clusters, webapp }: Mesh): Repair {
  return {
    wanted: {
      name: "catalog-through-ingress",
      shows: "webapp reaches catalog in another cluster",
      source: "12 expose-services.yaml",
      command: statusOf(webapp),
      expect: OK,
      deadlineSeconds: 60,
    },
    repair: here(restartIstio(["istio-eastwestgateway"], contextsOf(clusters))),
    done: "the east-west gateways were restarted",
  };
}
