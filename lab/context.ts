import * as pulumi from "@pulumi/pulumi";
import { stackFolder } from "../infra/core/paths";
import { readToolchainManifest, type ImageName, type ToolchainManifest } from "../infra/core/toolchain-manifest";
import { LabConfigError } from "./config";

/** What a lab is built with, beside its configuration. */
export interface LabContext {
  /** The stack's short name, e.g. `dev`. */
  readonly stack: string;
  /** Absolute path of the stack's own folder: kubeconfigs, keys, known hosts. */
  readonly stateFolder: string;
  readonly toolchain: ToolchainManifest;
  /**
   * Reference of an image that the lab cannot do without.
   * @throws LabConfigError where the toolchain does not serve it
   */
  image(name: ImageName): string;
}

/**
 * Reads what this machine's toolchain is.
 * @param versions the version set that the configuration asks for
 * @throws LabConfigError where `setup` has not finished, or serves another version set
 */
export function labContext(versions: string): LabContext {
  const toolchain = readToolchainManifest();
  if (toolchain === undefined) {
    throw new LabConfigError([{ key: "lab", problem: "the toolchain is not there yet; run: npm run lab -- setup" }]);
  }
  if (versions !== "auto" && versions !== toolchain.versionSet) {
    const problem = `"${versions}" is asked for and the toolchain on this machine, from the ${toolchain.source} source, serves "${toolchain.versionSet}"; write auto or ${toolchain.versionSet}`;
    throw new LabConfigError([{ key: "versions", problem }]);
  }
  const stack = pulumi.getStack();
  return { stack, stateFolder: stackFolder(stack), toolchain, image: (name) => imageOf(toolchain, name) };
}

function imageOf(toolchain: ToolchainManifest, name: ImageName): string {
  const image = toolchain.images[name];
  if (image === undefined) {
    throw new LabConfigError([
      { key: "lab", problem: `the toolchain has no image "${name}"; run: npm run lab -- setup` },
    ]);
  }
  return image;
}
