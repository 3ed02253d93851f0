import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ask } from "../core/child";

/** The file of a step's result that holds the reference of the engine's image that the step has made. */
export const REFERENCE_FILE = "image";

/**
 * The engine's name of the image that a step has made.
 * @param resultFolder the step's final folder
 */
export function engineImage(resultFolder: string): string {
  return readFileSync(join(resultFolder, REFERENCE_FILE), "utf8").trim();
}

/**
 * Whether the engine has an image.
 * @param reference tag or digest
 */
export async function imageIsThere(reference: string): Promise<boolean> {
  return (await ask("docker", ["image", "inspect", "--format", "{{.Id}}", reference])).ok;
}
