import { describeObject } from "../../../infra/core/made";
import { kindNodeOf } from "../../../infra/core/names";
import { shellQuote } from "../../../infra/core/shell";
import type { AccessCluster, LabOutputs } from "../../outputs";
import type { WantedObject } from "./ready";

/** What Kubernetes itself runs as objects: without it no name resolves and no Service is reached. */
export function systemObjects({ context }: AccessCluster, platform: LabOutputs["platform"]): readonly WantedObject[] {
  const system = { apiVersion: "apps/v1", namespace: "kube-system" };
  if (platform !== "local") {
    return [{ object: { ...system, kind: "Deployment", name: "coredns" }, replicas: 1 }];
  }
  const addon = (kind: string, name: string): Pick<WantedObject, "object" | "remedy"> => {
    const object = { ...system, kind, name };
    const kubeadm = `kubeadm init phase addon ${name} --config /kind/kubeadm.conf --kubeconfig /etc/kubernetes/admin.conf`;
    const run = `docker exec ${shellQuote(kindNodeOf(context))} ${kubeadm}`;
    return { object, remedy: { run, done: `${describeObject(object)} was made anew` } };
  };
  return [{ ...addon("Deployment", "coredns"), replicas: 2 }, addon("DaemonSet", "kube-proxy")];
}
