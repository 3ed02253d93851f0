import type { AddressRange } from "./addresses";

/** Name of MetalLB's pool, and of its announcement. */
export const POOL = "istio-lab";

/** MetalLB's pool and its announcement in layer 2, as a Kubernetes List. */
export function loadBalancerPool({ first, last }: AddressRange): Record<string, unknown> {
  const metadata = { name: POOL, namespace: "metallb-system" };
  const apiVersion = "metallb.io/v1beta1";
  return {
    apiVersion: "v1",
    kind: "List",
    items: [
      { apiVersion, kind: "IPAddressPool", metadata, spec: { addresses: [`${first}-${last}`] } },
      { apiVersion, kind: "L2Advertisement", metadata, spec: { ipAddressPools: [metadata.name] } },
    ],
  };
}
