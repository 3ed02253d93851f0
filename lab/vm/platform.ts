import type * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../../infra/cluster/cluster";
import type { NodePorts } from "../../infra/core/node-ports";
import type { Host } from "../../infra/host/host";
import type { LabContext } from "../program/context";
import type { LabOutputs } from "../program/outputs";

/** What the `vm` lab is built on: machines, their network and a cluster. */
export interface VmPlatform {
  readonly cluster: Cluster;
  /** IPv4 address of the east-west gateway on the lab's network. */
  readonly eastWestAddress: pulumi.Output<string>;
  /** The east-west gateway has to ask for that address. */
  readonly addressIsAsked: boolean;
  /** What gives load balancers their addresses. */
  readonly loadBalancer: readonly pulumi.Resource[];
  /** IPv4 address of the cluster's node on the lab's network. */
  readonly nodeAddress: pulumi.Output<string>;
  /** Where the cluster's node ports are reached from this machine. */
  readonly nodePorts: pulumi.Output<NodePorts>;
  /** Machines of the lab that one can log in to and that are no VM of the mesh. */
  readonly machines: readonly Host[];
  /** Another text gives every VM a fresh token; empty if none is ever needed. */
  readonly renewal: string;
  /** What the outputs say of it. */
  readonly facts: pulumi.Output<Pick<LabOutputs, "network" | "cost" | "expiry">>;
  /**
   * Makes the VMs, in the order of the configuration.
   * @param name in front of the names of what is made
   * @param parent of what is made
   */
  vms(name: string, parent: pulumi.ComponentResource): readonly Host[];
}

/**
 * Creates the platform of a lab.
 * @param name of the lab
 * @param lab its component: the parent of what is made
 */
export type VmPlatformFactory = (name: string, context: LabContext, lab: pulumi.ComponentResource) => VmPlatform;
