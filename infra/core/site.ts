import type { Owner } from "./ownership";
import type { ToolchainManifest } from "./toolchain-manifest";

/** For whom, where and with what the parts of a lab are made. */
export interface Site {
  /** The stack's short name, e.g. `dev`. */
  readonly stack: string;
  /** The mark of all that the stack owns. */
  readonly owner: Owner;
  /** Absolute path of the stack's own folder: kubeconfigs, keys, known hosts. */
  readonly stateFolder: string;
  /** Tools, images and versions that this machine's source serves. */
  readonly toolchain: ToolchainManifest;
}
