import type * as pulumi from "@pulumi/pulumi";
import type { CheckSuite, Repair } from "../../infra/core/check";
import type { PlacedIssue } from "../../infra/core/errors";
import type { LabNeeds } from "../../infra/core/lab-needs";
import type { ToolchainManifest } from "../../infra/core/toolchain-manifest";
import type { LabConfig, LabConfiguration } from "../config/common";
import type { LabContext } from "./context";
import type { LabOutputs, OutputNames } from "./outputs";
import type { TraceMap } from "./trace-map";

/** What there is when a lab has been built. */
export interface Lab {
  /** Where everything is. */
  readonly outputs: pulumi.Output<LabOutputs>;
  /** What the outputs will have. */
  readonly names: OutputNames;
  /** Kubeconfigs by cluster name. Secret. */
  readonly kubeconfigs: pulumi.Output<Record<string, string>>;
}

/** A lab of the registry; `Config` is its own configuration. Everything that takes a while to load is loaded if it is asked for. */
export interface LabEntry<Config extends LabConfig = LabConfig> {
  /** What it needs of a toolchain. */
  readonly needs: LabNeeds;
  /** What the user can set, and what it then asks of the machine. */
  configuration(): Promise<LabConfiguration<Config>>;
  /** Builds it: registers its resources with Pulumi. A cloud is asked what there is before anything is made. */
  build(config: Config, context: LabContext): Promise<Lab>;
  /** What is wrong with its manifests; without a toolchain only the lab's own are looked at. */
  manifestIssues(config: Config, toolchain: ToolchainManifest | undefined): Promise<readonly PlacedIssue[]>;
  /** What `verify` checks. */
  checks(outputs: LabOutputs): Promise<CheckSuite>;
  /** What `heal` looks at and repairs after a restart of nodes or of the Docker daemon. */
  repairs(outputs: LabOutputs): Promise<readonly Repair[]>;
  /** Between which places `trace` can look. */
  traces(outputs: LabOutputs): Promise<TraceMap>;
}
