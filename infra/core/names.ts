import { createHash } from "node:crypto";

/** A DNS label as Kubernetes and Docker host names want it (RFC 1123). */
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Kind refuses cluster names that make a container's host name longer than 63 characters. */
const MAXIMUM_CLUSTER_NAME = 49;

/** Is this a DNS label: lower case letters, digits and inner hyphens, at most 63 characters? */
export function isDnsLabel(text: string): boolean {
  return DNS_LABEL.test(text);
}

/**
 * Name of something that a stack owns on this machine, so that two stacks never collide.
 * A name that would be too long keeps its start and ends in a hash of the whole.
 * @param stack the stack's short name, e.g. `dev`
 * @param name what the study notes call it, e.g. `k3s-s`
 * @param maximum longest name allowed, in characters. Default 49, what kind takes
 * @returns e.g. `istio-lab-dev-k3s-s`
 */
export function ownedName(stack: string, name: string, maximum: number = MAXIMUM_CLUSTER_NAME): string {
  const plain = `istio-lab-${stack}-${name}`.toLowerCase().replace(/[^-a-z0-9]+/g, "-");
  if (plain.length <= maximum) {
    return plain;
  }
  const hash = createHash("sha256").update(plain).digest("hex").slice(0, 8);
  return `${plain.slice(0, maximum - hash.length - 1).replace(/-+$/, "")}-${hash}`;
}

/** Docker's name of the one node of a kind cluster, by kind's name of the cluster. */
export function kindNode(clusterName: string): string {
  return `${clusterName}-control-plane`;
}

/**
 * Docker's name of a cluster's node, by a stack's outputs.
 * @param cluster without `node` if an earlier version of istio-lab has built it: then by the context that kind writes into a kubeconfig
 */
export function nodeContainer({ node, context }: { readonly node?: string; readonly context: string }): string {
  return node ?? kindNode(context.replace(/^kind-/, ""));
}

/**
 * Name of the WorkloadEntry under which istiod registers a VM by itself.
 * @param group the WorkloadGroup's name
 * @param address the VM's IPv4 address
 * @param network the WorkloadGroup's network
 * @see study notes 13.3.3 Step4: `forum-192.168.10.200-vm-network`
 */
export function workloadEntryName(group: string, address: string, network: string): string {
  return `${group}-${address}-${network}`;
}

/** A short digest of any plain value: the identity of a thing that must be recreated when its definition changes. */
export function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 12);
}
