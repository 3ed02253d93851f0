import type * as pulumi from "@pulumi/pulumi";
import type { InventoryRequest } from "../infra/core/aws-inventory";
import type { CheckSuite, Repair } from "../infra/core/check";
import type { PlacedIssue } from "../infra/core/errors";
import type { ToolchainManifest } from "../infra/core/toolchain-manifest";
import type { ByHand } from "./by-hand";
import type { LabConfig, LabName } from "./config";
import type { LabContext } from "./context";
import type { LabOutputs, OutputNames } from "./outputs";
import type { TraceMap } from "./trace-map";
import { traceMaps } from "./trace-maps";
import { multiClusterByHand } from "./multicluster/by-hand";
import { multiClusterCheckSuite } from "./multicluster/checks";
import { MultiClusterLab } from "./multicluster/lab";
import { multiClusterRepairs } from "./multicluster/repairs";
import { multiClusterManifestIssues } from "./multicluster/manifest-sets";
import { trafficFlowByHand } from "./traffic-flow/by-hand";
import { trafficFlowCheckSuite } from "./traffic-flow/checks";
import { TrafficFlowLab } from "./traffic-flow/lab";
import { trafficFlowManifestIssues } from "./traffic-flow/manifest-sets";
import { trafficFlowRepairs } from "./traffic-flow/repairs";
import type { VmLabConfig } from "./config-vm-aws";
import { vmByHand } from "./vm/by-hand";
import { vmCheckSuite } from "./vm/checks";
import type { GroundFactory } from "./vm/ground";
import { VmLab } from "./vm/lab";
import { localGround } from "./vm/local-ground";
import { vmManifestIssues } from "./vm/manifest-sets";
import { vmRepairs } from "./vm/repairs";

/** What stands when a lab has been built. */
export interface Lab {
  /** Where everything is. */
  readonly outputs: pulumi.Output<LabOutputs>;
  /** What the outputs will have. */
  readonly names: OutputNames;
  /** Kubeconfigs by cluster name. Secret. */
  readonly kubeconfigs: pulumi.Output<Record<string, string>>;
}

/** A lab of the catalogue; `Config` is its own configuration. */
export interface LabEntry<Config = never> {
  /** One line for `--help` and the README. */
  readonly summary: string;
  /** The stack that it gets where the user names none. */
  readonly defaultStack: string;
  /** Builds it: registers its resources with Pulumi. A cloud is asked what there is before anything is made. */
  readonly build: (config: Config, context: LabContext) => Lab | Promise<Lab>;
  /** What is wrong with its manifests; without a toolchain only the lab's own are looked at. */
  readonly manifestIssues: (config: Config, toolchain: ToolchainManifest | undefined) => readonly PlacedIssue[];
  /** What `verify` checks. */
  readonly checks: (outputs: LabOutputs) => CheckSuite;
  /** What `heal` looks at and repairs after a restart of nodes or of the Docker daemon. */
  readonly repairs: (outputs: LabOutputs) => readonly Repair[];
  /** Between which places `trace` can look. */
  readonly traces: (outputs: LabOutputs) => TraceMap;
  /** The same lab one step after another: what `bench` measures `up` against. */
  readonly byHand: (manifest: ToolchainManifest) => ByHand;
}

type Labs = { readonly [Name in LabName]: LabEntry<Extract<LabConfig, { readonly lab: Name }>> };

/** The catalogue: a new lab is one folder and one entry. */
export const labs: Labs = {
  vm: {
    summary: "chapter 13: a cluster, Istio, and a VM that has joined the mesh and serves forum",
    defaultStack: "dev",
    build: async (config, context) => new VmLab("vm", config, context, await vmGround(config)),
    manifestIssues: (_, toolchain) => vmManifestIssues(toolchain),
    checks: vmCheckSuite,
    repairs: vmRepairs,
    traces: traceMaps.vm,
    byHand: vmByHand,
  },
  multicluster: {
    summary: "chapter 12: two clusters, one mesh, calls that cross networks and fail over",
    defaultStack: "multicluster",
    build: (config, context) => new MultiClusterLab("multicluster", config, context),
    manifestIssues: multiClusterManifestIssues,
    checks: multiClusterCheckSuite,
    repairs: multiClusterRepairs,
    traces: traceMaps.multicluster,
    byHand: multiClusterByHand,
  },
  "traffic-flow": {
    summary: "what a request passes through: nginx and Bookinfo behind a gateway, and a trace of every hop",
    defaultStack: "traffic-flow",
    build: (config, context) => new TrafficFlowLab("traffic-flow", config, context),
    manifestIssues: trafficFlowManifestIssues,
    checks: trafficFlowCheckSuite,
    repairs: trafficFlowRepairs,
    traces: traceMaps["traffic-flow"],
    byHand: trafficFlowByHand,
  },
};

/** Builds the lab that the configuration is of. */
export async function buildLab(config: LabConfig, context: LabContext): Promise<Lab> {
  const { build } = labs[config.lab] as LabEntry<LabConfig>;
  return build(config, context);
}

/**
 * What is wrong with the manifests of the lab that the configuration is of.
 * @param toolchain undefined if `setup` has not finished: then the add-ons' are left out
 */
export function labManifestIssues(config: LabConfig, toolchain: ToolchainManifest | undefined): readonly PlacedIssue[] {
  const { manifestIssues } = labs[config.lab] as LabEntry<LabConfig>;
  return manifestIssues(config, toolchain);
}

/** What speaks of AWS is loaded where it is needed: it takes half a second. */
async function vmGround(config: VmLabConfig): Promise<GroundFactory> {
  if (config.platform === "local") {
    return localGround(config);
  }
  const [{ awsGround }, { openAccount }] = await Promise.all([import("./vm/aws-ground"), import("./vm/aws-account")]);
  return awsGround(config, await openAccount(config));
}

/** Asks AWS what it has of a stack, and writes the answer into a file; makes nothing. */
export async function takeInventory(request: InventoryRequest): Promise<void> {
  const { writeInventory } = await import("./vm/aws-inventory");
  await writeInventory(request);
}
