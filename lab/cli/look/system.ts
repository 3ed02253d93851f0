import { describeObject } from "../../../infra/core/made";
import { nodeContainer } from "../../../infra/core/names";
import { shellQuote } from "../../../infra/core/shell";
import type { AccessCluster, LabOutputs } from "../../program/outputs";
import { platformNamed } from "../../program/platforms/platforms";
import { placed } from "./placed";
import type { WantedObject } from "./ready";

/** What Kubernetes itself runs as objects: without it no name resolves and no Service is reached. */
export function systemObjects(
  cluster: AccessCluster,
  { platform, clusters }: Pick<LabOutputs, "platform" | "clusters">,
): readonly WantedObject[] {
  const system = { apiVersion: "apps/v1", namespace: "kube-system" };
  const named = (kind: string, name: string) => placed({ ...system, kind, name }, cluster, clusters);
  if (!platformNamed(platform).hasKubeadm) {
    return [{ object: named("Deployment", "coredns"), replicas: 1 }];
  }
  const addon = (kind: string, name: string): Pick<WantedObject, "object" | "remedy"> => {
    const object = named(kind, name);
    const run = `docker exec ${shellQuote(nodeContainer(cluster))} bash -c ${shellQuote(installMissing(object))}`;
    return { object, remedy: { run, done: `${describeObject(object)} was created again` } };
  };
  return [{ ...addon("Deployment", "coredns"), replicas: 2 }, addon("DaemonSet", "kube-proxy")];
}

/** kubeadm itself would write over what the user has changed in the objects that are there, e.g. kube-proxy's ConfigMap. */
function installMissing({ kind, namespace, name }: WantedObject["object"]): string {
  const admin = "--kubeconfig /etc/kubernetes/admin.conf";
  const manifest = `kubeadm init phase addon ${name} --config /kind/kubeadm.conf ${admin} --print-manifest`;
  const create = `kubectl ${admin} create --validate=false --field-manager kubeadm --filename -`;
  return `${manifest} | ${create} 2>&1 | grep -v AlreadyExists; kubectl ${admin} --namespace ${namespace} get ${kind}/${name}`;
}
