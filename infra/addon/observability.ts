import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/cluster";
import { Manifests } from "../cluster/manifest";
import type { KubernetesObject } from "../cluster/manifest-file";
import type { NodePorts } from "../core/node-ports";
import { childOptions } from "../exec/child-options";
import { addonObjects, type AddonChoice } from "./addon-objects";
import { linkedPages, servedAddons, type AddonName } from "./addons";
import { linked } from "./kiali";
import { withSettings } from "./sample";

/** What decides the observability add-ons. */
export interface ObservabilityArgs extends AddonChoice {
  readonly cluster: Cluster;
  /** Where node ports are reached from the user's machine: Kiali's pages link to other add-ons there. */
  readonly nodePorts: pulumi.Input<NodePorts>;
  /** The lab itself: what collects its traces takes processor time to start, and starts once that stands. */
  readonly lab: readonly pulumi.Resource[];
}

/** The add-ons of the study notes that the toolchain's source can serve, on the study notes' node ports. Children: `<name>-<add-on>`. */
export class Observability extends pulumi.ComponentResource {
  public constructor(
    name: string,
    private readonly args: ObservabilityArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("istio-lab:addon:Observability", name, {}, options);
    const { cluster, toolchain } = args;
    const early = childOptions(this, options);
    const late = pulumi.mergeOptions(early, { dependsOn: [...args.lab] });
    for (const addon of servedAddons(toolchain)) {
      const objects = addonObjects(addon, args).map((object) => this.withLinks(addon, object));
      const after = addon === "tracing" ? late : early;
      new Manifests(`${name}-${addon}`, { cluster, files: [], objects }, after);
    }
    this.registerOutputs({});
  }

  /** On AWS the address of the pages is known once there is a machine. */
  private withLinks(addon: AddonName, object: KubernetesObject): KubernetesObject {
    if (addon !== "kiali" || object.kind !== "ConfigMap") {
      return object;
    }
    const image = this.args.toolchain.images.kiali ?? "";
    const data = pulumi
      .output(this.args.nodePorts)
      .apply(
        (nodePorts) =>
          withSettings(object, "config.yaml", (settings) => linked(settings, image, linkedPages(nodePorts)))?.["data"],
      );
    return { ...object, data };
  }
}
