import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../exec/child-options";
import { LocalRunner } from "../exec/runner";
import type { KindCluster } from "./kind-cluster";

/** What decides the tools on a cluster's node. */
export interface NodeToolsArgs {
  readonly cluster: KindCluster;
}

/**
 * The tools with which the study notes look at packets on the node: tcpdump, ngrep, lsof, conntrack and others. Child: `<name>-install`.
 * @see study notes Istio Traffic Flow 1
 */
export class NodeTools extends pulumi.ComponentResource {
  public constructor(name: string, { cluster }: NodeToolsArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:cluster:NodeTools", name, {}, options);
    new LocalRunner().step(
      `${name}-install`,
      {
        create: "node-tools-ensure.sh",
        environment: { NODE: cluster.nodeName },
        identity: [cluster.identity],
      },
      { ...childOptions(this, options), deletedWith: cluster.anchor, customTimeouts: { create: "10m" } },
    );
    this.registerOutputs({});
  }
}
