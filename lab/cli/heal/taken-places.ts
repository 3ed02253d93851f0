import { ask } from "../../../infra/core/child";
import { listContainers } from "../../../infra/core/workstation/docker-objects";
import { takenPorts } from "../../../infra/core/workstation/ports";
import { HERE } from "../../../infra/core/workstation/surroundings";
import type { DockerEnvironment } from "../docker/docker";
import type { EngineThing } from "../docker/leftovers";
import type { CheckResult } from "../verify/expectation";
import type { HealReport } from "./scene";

/** Docker's words for a port of this machine that somebody else has: of another container, and of a process. */
const PORT = /127\.0\.0\.1:(\d+).*(?:port is already allocated|address already in use)/i;

/** Docker's words for a fixed address that another container of the network has. */
const ADDRESS = /address already in use/i;

/**
 * Adds to a failure for which an address or a port is taken who has it, or may have it.
 * @param attached the containers on the stack's network that the stack did not make
 */
export async function nameHolders(
  report: HealReport,
  attached: readonly EngineThing[],
  env: DockerEnvironment,
): Promise<HealReport> {
  const failed = await Promise.all(
    report.failed.map(async (failure) => {
      const lines = await holdersOf(failure, attached, env);
      return lines.length === 0 ? failure : { ...failure, actual: [failure.actual, ...lines].join("\n") };
    }),
  );
  return { ...report, failed };
}

async function holdersOf(
  { actual = "" }: CheckResult,
  attached: readonly EngineThing[],
  env: DockerEnvironment,
): Promise<readonly string[]> {
  const port = PORT.exec(actual)?.[1];
  if (port !== undefined) {
    const surroundings = { ...HERE, ask: (command: string, words: readonly string[]) => ask(command, words, { env }) };
    const containers = await listContainers(surroundings);
    const taken = await takenPorts([Number(port)], typeof containers === "string" ? [] : containers, surroundings);
    return taken.map(({ holder }) => `port ${port} is taken by ${holder}; stop it`);
  }
  return ADDRESS.test(actual) ? attached.map(describeStranger) : [];
}

function describeStranger({ name, network = "" }: EngineThing): string {
  return `on the lab's network, and not the lab's: ${name}; disconnect it: docker network disconnect --force ${network} ${name}`;
}
