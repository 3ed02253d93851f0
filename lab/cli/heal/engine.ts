import { cacheFolder } from "../../../infra/core/paths";
import { ensureStackTools } from "../stack/stack-tools";
import type { HealReport, HealScene } from "./scene";

/**
 * Makes sure that the tools are there and the Docker engine answers, as `up` does.
 * @throws UserError that names the fix if that is not for us to repair
 */
export async function startEngine({ journal, standing }: Pick<HealScene, "journal" | "standing">): Promise<HealReport> {
  const { inspectEngine } = await import("../../../infra/toolchain/engine");
  const { version } = await inspectEngine(cacheFolder());
  await ensureStackTools(standing.session);
  if (version !== undefined) {
    journal.line("the Docker engine answers");
    return { repaired: [], failed: [] };
  }
  const done = "the Docker engine was started";
  journal.line(done, "green");
  return { repaired: [{ name: "docker-engine", done }], failed: [] };
}
