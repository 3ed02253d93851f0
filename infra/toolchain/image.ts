import { ask } from "../core/child";

/**
 * Whether the engine has an image.
 * @param reference tag or digest
 * @param id where given, the image must be exactly this one, e.g. `sha256:…`
 */
export async function imageIsThere(reference: string, id?: string): Promise<boolean> {
  const answer = await ask("docker", ["image", "inspect", "--format", "{{.Id}}", reference]);
  return answer.ok && (id === undefined || answer.stdout.trim() === id);
}
