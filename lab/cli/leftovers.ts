import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { STACK_LABEL } from "../../infra/core/names";
import { script } from "../../infra/core/script";
import { dockerLines, type DockerEnvironment } from "./docker";
import { UserError } from "./user-error";

const run = promisify(execFile);

/** What kind puts on every node of a cluster; the value is the cluster's name. */
const KIND_LABEL = "io.x-k8s.kind.cluster";

/** What of a stack is on this machine's engine: ids by kind of thing. */
export interface Leftovers {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

/**
 * Finds everything of a stack by label, whatever Pulumi's state knows of it. Kind's nodes carry no label of ours, but hang on the stack's network.
 * @param clusters names of the stack's kind clusters, as far as they are known
 * @returns nothing where docker is not installed: then there are no containers either
 * @throws UserError where the engine does not answer: what is left cannot be told then
 */
export async function findLeftovers(
  stack: string,
  clusters: readonly string[],
  env: DockerEnvironment,
): Promise<Leftovers> {
  const label = `label=${STACK_LABEL}=${stack}`;
  const networks = await dockerLines(["network", "ls", "--quiet", "--filter", label], env);
  const filters = [
    label,
    ...clusters.map((name) => `label=${KIND_LABEL}=${name}`),
    ...networks.map((id) => `network=${id}`),
  ];
  const found = await Promise.all(
    filters.map((filter) => dockerLines(["ps", "--all", "--quiet", "--no-trunc", "--filter", filter], env)),
  );
  const volumes = await dockerLines(["volume", "ls", "--quiet", "--filter", label], env);
  return { containers: [...new Set(found.flat())], networks, volumes };
}

/** How many things there are. */
export function count({ containers, networks, volumes }: Leftovers): number {
  return containers.length + networks.length + volumes.length;
}

/**
 * Removes what was found; kind's nodes keep their disks in volumes without a name, which go with them.
 * @throws UserError with docker's words where something refuses to go
 */
export async function removeLeftovers(
  { containers, networks, volumes }: Leftovers,
  env: DockerEnvironment,
): Promise<void> {
  try {
    if (containers.length > 0) {
      const removal = run("/bin/bash", ["-c", script("containers-remove.sh")], { env });
      removal.child.stdin?.end(`${containers.join("\n")}\n`);
      await removal;
    }
    if (networks.length > 0) {
      await run("docker", ["network", "rm", ...networks], { env });
    }
    if (volumes.length > 0) {
      await run("docker", ["volume", "rm", "--force", ...volumes], { env });
    }
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new UserError(`not all could be removed: ${(stderr ?? message).trim()}`);
  }
}
