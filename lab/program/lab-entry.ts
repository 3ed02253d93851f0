import type * as pulumi from "@pulumi/pulumi";
import type { CheckSuite, Repair } from "../../infra/core/check";
import type { PlacedIssue } from "../../infra/core/errors";
import type { ToolchainManifest } from "../../infra/core/toolchain-manifest";
import type { LabContext } from "./context";
import type { LabOutputs, OutputNames } from "./outputs";
import type { TraceMap } from "./trace-map";

/** What stands when a lab has been built. */
export interface Lab {
  /** Where everything is. */
  readonly outputs: pulumi.Output<LabOutputs>;
  /** What the outputs will have. */
  readonly names: OutputNames;
  /** Kubeconfigs by cluster name. Secret. */
  readonly kubeconfigs: pulumi.Output<Record<string, string>>;
}

/**
 * A lab of the catalogue; `Config` is its own configuration. What builds it takes half a second to load, so `build` and `manifestIssues` load it
 * when they are called: the tab key asks for `traces` alone.
 */
export interface LabEntry<Config = never> {
  /** One line for `--help` and the README. */
  readonly summary: string;
  /** The stack that it gets if the user names none. */
  readonly defaultStack: string;
  /** Builds it: registers its resources with Pulumi. A cloud is asked what there is before anything is made. */
  readonly build: (config: Config, context: LabContext) => Promise<Lab>;
  /** What is wrong with its manifests; without a toolchain only the lab's own are looked at. */
  readonly manifestIssues: (
    config: Config,
    toolchain: ToolchainManifest | undefined,
  ) => Promise<readonly PlacedIssue[]>;
  /** What `verify` checks. */
  readonly checks: (outputs: LabOutputs) => CheckSuite;
  /** What `heal` looks at and repairs after a restart of nodes or of the Docker daemon. */
  readonly repairs: (outputs: LabOutputs) => readonly Repair[];
  /** Between which places `trace` can look. */
  readonly traces: (outputs: LabOutputs) => TraceMap;
}
