import { shellQuote } from "../../../infra/core/shell";
import { findLeftovers } from "../leftovers";
import { unplugged, type Unplugged } from "../look/unplugged";
import type { CheckResult } from "../verify/expectation";
import { runRemedy, type CommandScene } from "./commands";
import type { HealReport, HealScene, Repaired } from "./scene";

/** How long Docker may take to connect a container, in seconds. */
const CONNECT_SECONDS = 30;

/**
 * Puts containers back on the stack's network, each at its own address: one that runs goes on as it was.
 * @throws UserError if the engine does not answer
 */
export async function plugIn(scene: CommandScene & Pick<HealScene, "owner" | "made">): Promise<HealReport> {
  const { made, owner, workstation, journal } = scene;
  if (made === undefined) {
    return { repaired: [], failed: [] };
  }
  const { own } = await findLeftovers(owner, workstation.env);
  const repaired: Repaired[] = [];
  const failed: CheckResult[] = [];
  for (const one of await unplugged(made, own)) {
    const { container: name, network } = one;
    const wanted = { name, shows: `the container ${name} is on the network ${network}`, source: "" };
    const failure = await runRemedy(wanted, { on: "workstation", run: connect(one) }, CONNECT_SECONDS, scene);
    if (failure) {
      failed.push(failure);
    } else {
      const done = `the container ${name} was put back on the network ${network}`;
      repaired.push({ name, done });
      journal.line(done, "green");
    }
  }
  return { repaired, failed };
}

/** kind keeps a node's address in a file of the node, which `docker cp` reads whether the node runs or not. */
function connect({ container, network, address, isMoved }: Unplugged): string {
  const [name, net] = [shellQuote(container), shellQuote(network)];
  const ip = address === undefined ? `"$(docker cp ${name}:/kind/old-ipv4 - | tar -xOf -)"` : shellQuote(address);
  const disconnect = isMoved ? `docker network disconnect --force ${net} ${name} && ` : "";
  return `${disconnect}docker network connect --ip ${ip} ${net} ${name}`;
}
