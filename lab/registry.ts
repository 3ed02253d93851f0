import type * as pulumi from "@pulumi/pulumi";
import type { CheckSuite } from "../infra/core/check";
import type { ToolchainManifest } from "../infra/core/toolchain-manifest";
import type { LabConfig, LabName } from "./config";
import type { LabContext } from "./context";
import type { LabOutputs } from "./outputs";
import { vmByHand, type ByHand } from "./vm/by-hand";
import { vmCheckSuite } from "./vm/checks";
import { VmLab } from "./vm/lab";

/** What stands when a lab has been built. */
export interface Lab {
  /** Where everything is. */
  readonly outputs: pulumi.Output<LabOutputs>;
  /** Kubeconfigs by cluster name. Secret. */
  readonly kubeconfigs: pulumi.Output<Record<string, string>>;
}

/** A lab of the catalogue. */
export interface LabEntry {
  /** One line for `--help` and the README. */
  readonly summary: string;
  /** The stack that it gets where the user names none. */
  readonly defaultStack: string;
  /** Builds it: registers its resources with Pulumi. */
  readonly build: (config: LabConfig, context: LabContext) => Lab;
  /** What `verify` checks. */
  readonly checks: (outputs: LabOutputs) => CheckSuite;
  /** The same lab one step after another: what `bench` measures `up` against. */
  readonly byHand: (manifest: ToolchainManifest) => ByHand;
}

/** The catalogue: a new lab is one folder and one line. */
export const labs: Readonly<Record<LabName, LabEntry>> = {
  vm: {
    summary: "chapter 13: a cluster, Istio, and a VM that has joined the mesh and serves forum",
    defaultStack: "dev",
    build: (config, context) => new VmLab("vm", config, context),
    checks: vmCheckSuite,
    byHand: vmByHand,
  },
};
