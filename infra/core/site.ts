import type { ToolchainManifest } from "./toolchain-manifest";

/** For whom, where and with what the parts of a lab are made. */
export interface Site {
  /** The stack's short name, e.g. `dev`: the label of all that it owns on this machine. */
  readonly stack: string;
  /** Absolute path of the stack's own folder: kubeconfigs, keys, known hosts. */
  readonly stateFolder: string;
  /** Tools, images and versions that this machine's source serves. */
  readonly toolchain: ToolchainManifest;
}
