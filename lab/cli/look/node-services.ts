import { ask } from "../../../infra/core/child";
import { script } from "../../../infra/core/script";
import type { Session } from "../pulumi/session";

/** How long a node may take to tell of its services, in milliseconds. */
const PATIENCE = 20_000;

/**
 * Tells which services of a cluster's node are stopped: Kubernetes notices only after some 40 s.
 * @param node name of its container
 * @returns e.g. `kubelet is inactive`; nothing if the node cannot be asked
 */
export async function stoppedServices(node: string, env: Session["env"]): Promise<readonly string[]> {
  const words = ["exec", node, "bash", "-c", script("node-services-check.sh")];
  const { ok, stdout } = await ask("docker", words, { env, timeoutMilliseconds: PATIENCE });
  return ok ? stdout.split("\n").filter((line) => line !== "") : [];
}
