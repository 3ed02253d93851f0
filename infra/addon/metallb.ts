import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/cluster";
import type { AddressRange } from "../core/addresses";
import { loadBalancerPool } from "../core/load-balancer-pool";
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

/** MetalLB in layer 2 mode with one pool. Child: `<name>-install`. */
export class MetalLb extends pulumi.ComponentResource {
  public constructor(name: string, args: MetalLbArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:addon:MetalLb", name, {}, options);
    const { files, versions } = args.site.toolchain;
    new LocalRunner().step(
      `${name}-install`,
      {
        create: "metallb-install.sh",
        environment: {
          KUBECONFIG: args.cluster.kubeconfigFile,
          MANIFEST: files.metallbManifest,
          // Another one is applied again.
          METALLB_VERSION: versions["metallb"] ?? "",
        },
        stdin: args.pool.apply((pool) => JSON.stringify(loadBalancerPool(pool))),
        identity: [args.cluster.identity],
      },
      { ...childOptions(this, options), deletedWith: args.cluster.anchor },
    );
    this.registerOutputs({});
  }
}
