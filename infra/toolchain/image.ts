import { ask } from "../core/child";

/**
 * Whether the engine has an image.
 * @param reference tag or digest
 */
export async function imageIsThere(reference: string): Promise<boolean> {
  return (await ask("docker", ["image", "inspect", "--format", "{{.Id}}", reference])).ok;
}
