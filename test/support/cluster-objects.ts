/** A Deployment as kubectl prints it. */
export function deploymentObject(namespace: string, name: string, replicas: number, availableReplicas = replicas) {
  const unavailableReplicas = Math.max(0, replicas - availableReplicas);
  const status = {
    ...{ observedGeneration: 2, updatedReplicas: replicas },
    ...(availableReplicas > 0 ? { availableReplicas } : {}),
    ...(unavailableReplicas > 0 ? { unavailableReplicas } : {}),
  };
  return { kind: "Deployment", metadata: { namespace, name, generation: 2 }, spec: { replicas }, status };
}

/** A node as kubectl prints it. */
export function nodeObject(spec: object = {}, ready = "True") {
  return { kind: "Node", metadata: { name: "node" }, spec, status: { conditions: [{ type: "Ready", status: ready }] } };
}

/** The daemons of kube-proxy as kubectl prints them. */
export function kubeProxyObject(desiredNumberScheduled: number, numberAvailable = desiredNumberScheduled) {
  const metadata = { namespace: "kube-system", name: "kube-proxy", generation: 2 };
  return { kind: "DaemonSet", metadata, status: { observedGeneration: 2, desiredNumberScheduled, numberAvailable } };
}

/** What kubectl lists of a cluster that has nothing but its own, and of which all runs. */
export function clusterObjects(nodeSpec: object = {}) {
  return { items: [nodeObject(nodeSpec), deploymentObject("kube-system", "coredns", 2), kubeProxyObject(1)] };
}
