import * as pulumi from "@pulumi/pulumi";
import { stackFolder } from "../../infra/core/paths";
import type { Owner } from "../../infra/core/ownership";
import type { Site } from "../../infra/core/site";
import { ensureOwner, ensureStackFolder, readOwner } from "../../infra/core/state-folders";
import { machineProcessor, type Processor } from "../../infra/core/processor";
import {
  filesForHost,
  type HostFiles,
  type ImageName,
  type ToolchainManifest,
} from "../../infra/core/toolchain-manifest";
import { LabConfigError } from "../config/lab-config";

/** What a lab is built with, beside its configuration. */
export interface LabContext extends Site {
  /**
   * Reference of an image that the lab cannot do without.
   * @throws LabConfigError if the toolchain does not serve it
   */
  image(name: ImageName): string;
}

/** What a preview shows for the owner if there is no state folder yet: a preview makes nothing. */
const OF_A_PREVIEW = { stateId: "made by the first up", stateFolder: "" };

/**
 * Everything that a lab is built with, for the stack that runs. Makes and marks the stack's folder, but not in a preview.
 * @throws LabConfigError if a folder that the stack needs is somebody else's
 */
export function labContext(toolchain: ToolchainManifest): LabContext {
  const stack = pulumi.getStack();
  const owner = ownerOf(stack);
  return { stack, owner, stateFolder: stackFolder(stack), toolchain, image: (name) => imageOf(toolchain, name) };
}

function ownerOf(stack: string): Owner {
  if (pulumi.runtime.isDryRun()) {
    return readOwner(stack) ?? { stack, ...OF_A_PREVIEW };
  }
  try {
    const owner = ensureOwner(stack);
    ensureStackFolder(owner);
    return owner;
  } catch (error) {
    throw new LabConfigError([{ key: "lab", problem: (error as Error).message }]);
  }
}

/**
 * What a host gets that is to join the mesh, for its own processor.
 * @throws LabConfigError if the toolchain has nothing for that
 */
export function hostFilesOf(
  toolchain: ToolchainManifest,
  { name, processor }: { readonly name: string; readonly processor: Processor },
): HostFiles {
  const files = filesForHost(toolchain, processor);
  if (files === undefined) {
    const remedy =
      toolchain.source === "registry"
        ? `package registries give what is built here, for ${toolchain.processor ?? machineProcessor()} alone: use a machine with the same processor, or ISTIO_LAB_SOURCE=official`
        : "build the lab by the command line, which fetches it";
    const problem = `${name} has the processor ${processor}, and the toolchain on this machine has no sidecar for it; ${remedy}`;
    throw new LabConfigError([{ key: "lab", problem }]);
  }
  return files;
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
