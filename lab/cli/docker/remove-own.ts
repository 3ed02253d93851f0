import { ask, type Answer } from "../../../infra/core/child";
import { script } from "../../../infra/core/script";
import type { DockerEnvironment } from "./docker";
import type { EngineThing } from "./leftovers";
import { UserError } from "../ui/user-error";

/** An engine that is busy takes its time. */
const REMOVAL = { timeoutMilliseconds: 600_000 };

/**
 * Removes things that carry the stack's mark; kind's nodes keep their disks in volumes without a name, which go with them.
 * @throws UserError with docker's words if something refuses to go
 */
export async function removeOwn(own: readonly EngineThing[], env: DockerEnvironment): Promise<void> {
  const names = (kind: EngineThing["kind"]) => own.filter((thing) => thing.kind === kind).map(({ name }) => name);
  const [containers, networks, volumes] = [names("container"), names("network"), names("volume")];
  if (containers.length > 0) {
    const names = `${containers.join("\n")}\n`;
    await removed(ask("/bin/bash", ["-p", "-c", script("containers-remove.sh")], { env, input: names, ...REMOVAL }));
  }
  if (networks.length > 0) {
    await removed(ask("docker", ["network", "rm", ...networks], { env, ...REMOVAL }));
  }
  if (volumes.length > 0) {
    await removed(ask("docker", ["volume", "rm", "--force", ...volumes], { env, ...REMOVAL }));
  }
}

async function removed(removal: Promise<Answer>): Promise<void> {
  const { ok, startProblem, stderr } = await removal;
  if (!ok) {
    const said = startProblem ?? stderr.trim();
    throw new UserError(`some resources could not be removed: ${said || "not finished after 10 minutes"}`);
  }
}
