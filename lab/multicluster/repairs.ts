import type { Repair } from "../../infra/core/check";
import { here, inCluster, OK } from "../shared/check-commands";
import type { AccessCluster, LabOutputs } from "../program/outputs";
import { meshOf, remoteClusters, statusOf, synced, type Mesh } from "./check-commands";

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
    repair: inCluster(name, restarted("deployment/istiod")),
    done: `istiod of ${name} was restarted`,
  };
}

function connectivity({ clusters, webapp }: Mesh): Repair {
  const gateway = "deployment/istio-eastwestgateway";
  return {
    wanted: {
      name: "catalog-through-ingress",
      shows: "webapp reaches catalog in another cluster",
      source: "12 expose-services.yaml",
      command: statusOf(webapp),
      expect: OK,
      deadlineSeconds: 60,
    },
    repair: here(clusters.map(({ context }) => restarted(gateway, ` --context ${context}`)).join("\n")),
    done: "the east-west gateways were restarted",
  };
}

/** The commands that start the pods of one of Istio's deployments anew, and wait for them. */
function restarted(deployment: string, where = ""): string {
  const kubectl = `kubectl${where} --namespace istio-system rollout`;
  return `${kubectl} restart ${deployment}\n${kubectl} status ${deployment} --timeout 100s`;
}
