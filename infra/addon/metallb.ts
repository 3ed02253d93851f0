import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/cluster";
import type { AddressRange } from "../core/addresses";
import { loadBalancerPool, POOL } from "../core/load-balancer-pool";
import { DEFINITION, type ObjectName } from "../core/made";
import { childOptions } from "../exec/child-options";
import type { Site } from "../core/site";
import { LocalRunner } from "../exec/runner";

/** What decides MetalLB in a cluster. */
export interface MetalLbArgs {
  readonly site: Site;
  readonly cluster: Cluster;
  /** The addresses it gives to load balancers. */
  readonly pool: pulumi.Output<AddressRange>;
}

/** MetalLB's own kinds: without one its controller does not start again. */
const DEFINITIONS: readonly ObjectName[] = [
  "bfdprofiles.metallb.io",
  "bgpadvertisements.metallb.io",
  "bgppeers.metallb.io",
  "communities.metallb.io",
  "ipaddresspools.metallb.io",
  "l2advertisements.metallb.io",
].map((name) => ({ ...DEFINITION, name }));

/** What the manifest makes that a lab cannot do without. */
const MADE: readonly ObjectName[] = [
  { apiVersion: "apps/v1", kind: "Deployment", namespace: "metallb-system", name: "controller" },
  { apiVersion: "apps/v1", kind: "DaemonSet", namespace: "metallb-system", name: "speaker" },
  { apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", namespace: "metallb-system", name: POOL },
  { apiVersion: "metallb.io/v1beta1", kind: "L2Advertisement", namespace: "metallb-system", name: POOL },
  ...DEFINITIONS,
];

/** MetalLB in layer 2 mode with one pool. Child: `<name>-install`. */
export class MetalLb extends pulumi.ComponentResource {
  public constructor(name: string, args: MetalLbArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:addon:MetalLb", name, {}, options);
    const { files, versions } = args.site.toolchain;
    new LocalRunner().step(
      `${name}-install`,
      {
        create: "metallb-install.sh",
        environment: { KUBECONFIG: args.cluster.kubeconfigFile, MANIFEST: files.metallbManifest },
        rerunOn: [versions["metallb"] ?? ""],
        stdin: args.pool.apply((pool) => JSON.stringify(loadBalancerPool(pool))),
        makes: { kind: "objects", objects: MADE },
        identity: [args.cluster.identity],
      },
      { ...childOptions(this, options), deletedWith: args.cluster.anchor },
    );
    this.registerOutputs({});
  }
}
