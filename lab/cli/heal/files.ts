import { restoreKubeconfigs } from "../stack/kubeconfig-files";
import { restoreLoginFiles } from "../stack/login-files";
import type { HealReport, HealScene } from "./scene";

/**
 * Writes the stack's kubeconfigs, keys and known hosts again that are gone.
 * @throws UserError if they are not available
 */
export async function restoreFiles({ standing, outputs, journal }: HealScene): Promise<HealReport> {
  const { session } = standing;
  const files = [...(await restoreKubeconfigs(session, outputs)), ...(await restoreLoginFiles(session))];
  const repaired = files.map((file) => ({ name: file, done: `${file} was written again` }));
  repaired.forEach(({ done }) => journal.line(done, "green"));
  return { repaired, failed: [] };
}
