import { ask } from "../../../infra/core/child";
import { ownerEnvironment, type Owner } from "../../../infra/core/ownership";
import { script } from "../../../infra/core/script";
import { labCommand, type CommandTarget } from "../stack/lab-command";
import { findLeftovers } from "../docker/leftovers";
import { lostNetworks, type LostNetwork } from "../look/look";
import type { Workstation } from "../verify/command-runner";
import type { CheckResult } from "../verify/expectation";
import type { CommandScene } from "./commands";
import type { HealReport, HealScene } from "./scene";

/** How long Docker may take to make a network, in milliseconds. */
const PATIENCE = 60_000;

type NetworkScene = Pick<CommandScene, "workstation" | "journal"> & Pick<HealScene, "owner">;

/**
 * Recreates networks at their own addresses, so that their containers keep what was done in them.
 * @throws UserError if the engine does not answer
 */
export async function restoreNetworks(scene: NetworkScene & Pick<HealScene, "made">): Promise<HealReport> {
  const { made, owner, workstation } = scene;
  if (made === undefined) {
    return { repaired: [], failed: [] };
  }
  const { own } = await findLeftovers(owner, workstation.env);
  return remakeNetworks(lostNetworks(made, own), made.session, scene);
}

/**
 * Does that with networks that are known to be gone.
 * @param target the stack, for the commands that a failure names
 */
export async function remakeNetworks(
  lost: readonly LostNetwork[],
  target: CommandTarget,
  { owner, workstation, journal }: NetworkScene,
): Promise<HealReport> {
  const results = await Promise.all(
    lost.map(async (one) => ({ name: one.network.name, problem: await remake(one, owner, workstation.env) })),
  );
  const repaired = results
    .filter(({ problem }) => problem === undefined)
    .map(({ name }) => ({ name, done: `the network ${name} was gone, and was created again at its addresses` }));
  repaired.forEach(({ done }) => journal.line(done, "green"));
  const failed = results.flatMap(({ name, problem }) =>
    problem === undefined ? [] : [failure(name, problem, target)],
  );
  return { repaired, failed };
}

/** @returns why it cannot be recreated; undefined if it is there */
async function remake(
  { network: { name, place } }: LostNetwork,
  owner: Owner,
  env: Workstation["env"],
): Promise<string | undefined> {
  if (place === undefined) {
    return `the state does not tell the addresses of the network ${name}`;
  }
  const variables = { NETWORK: name, CANDIDATES: place, WHY_FIRST: "as before", ADVICE: "free that range" };
  const { ok, startProblem, stderr } = await ask(
    "/bin/bash",
    ["--norc", "-p", "-c", script("docker-network-ensure.sh")],
    { env: { ...env, ...ownerEnvironment(owner), ...variables }, timeoutMilliseconds: PATIENCE },
  );
  return ok ? undefined : (startProblem ?? (stderr.trim() || `no answer for ${PATIENCE / 1000} s`));
}

function failure(name: string, problem: string, target: CommandTarget): CheckResult {
  const rebuild = labCommand("up", target, ["--yes"]);
  return {
    ...{ name, shows: `the network ${name} is there`, source: "", outcome: "fail", seconds: 0 },
    expected: "the network of the lab's containers at its addresses",
    actual: `${problem}; without that, ${rebuild} recreates the lab on other addresses, and what was done in it is lost`,
  };
}
