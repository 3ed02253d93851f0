import type { ConfigIssue } from "../../../infra/core/errors";
import type { ToolchainManifest } from "../../../infra/core/toolchain-manifest";
import type { LabConfig } from "../../config/common";
import type { LabRequirements } from "../../config/requirements";

/** Where labs can run. Whoever has to know what differs asks for it here, and compares no platform's name. */
export interface Platform {
  /** What the user writes. */
  readonly name: string;
  /** The lab's machines and networks are things of this machine's Docker engine. */
  readonly isOnEngine: boolean;
  /** kubeadm makes the clusters, of one node each; otherwise k3s does. */
  readonly hasKubeadm: boolean;
  /** Pulumi's provider of what is rented there; undefined if nothing is. */
  readonly provider: string | undefined;
  /** What the names of the variables begin with that the provider reads. */
  readonly variables: readonly string[];
  /** The region if the settings name none; undefined if there are no regions. */
  readonly region: string | undefined;
  /** What of a configuration cannot be carried there, as far as this machine can tell by itself. */
  preflight(config: LabConfig, situation: PreflightSituation): Promise<readonly ConfigIssue[]>;
}

/** For what a preflight is made. */
export interface PreflightSituation {
  /** What the lab asks of this machine. */
  readonly requirements: LabRequirements;
  /** The stack's name. */
  readonly stack: string;
  /** Undefined if `setup` has not finished. */
  readonly toolchain: ToolchainManifest | undefined;
}
