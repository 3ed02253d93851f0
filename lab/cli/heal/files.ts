import { restoreKubeconfigs } from "../kubeconfig-files";
import type { HealReport, HealScene } from "./scene";

/**
 * Writes the stack's kubeconfigs again that are gone.
 * @throws UserError if they cannot be had
 */
export async function restoreFiles({ standing, outputs, journal }: HealScene): Promise<HealReport> {
  const files = await restoreKubeconfigs(standing.session, outputs);
  const repaired = files.map((file) => ({ name: file, done: `${file} was written again` }));
  repaired.forEach(({ done }) => journal.line(done, "green"));
  return { repaired, failed: [] };
}
