import { shellQuote } from "../../../infra/core/shell";
import { findLeftovers } from "../docker/leftovers";
import { unplugged, type Unplugged } from "../look/unplugged";
import { repairContainers, type CommandScene } from "./commands";
import type { HealReport, HealScene } from "./scene";
import { nameHolders } from "./taken-places";

/** How long Docker may take to connect a container, in seconds. */
const CONNECT_SECONDS = 30;

/**
 * Puts containers back on the stack's network, each at its own address: one that runs goes on as it was.
 * @throws UserError if the engine does not answer
 */
export async function plugIn(scene: CommandScene & Pick<HealScene, "owner" | "made">): Promise<HealReport> {
  const { made, owner, workstation } = scene;
  if (made === undefined) {
    return { repaired: [], failed: [] };
  }
  const { own, attached } = await findLeftovers(owner, workstation.env);
  const deeds = (await unplugged(made, own)).map((one) => ({
    container: one.container,
    shows: `the container ${one.container} is on the network ${one.network}`,
    run: connect(one),
    seconds: CONNECT_SECONDS,
    done: `the container ${one.container} was put back on the network ${one.network}`,
  }));
  return nameHolders(await repairContainers(deeds, scene), attached, workstation.env);
}

/** kind keeps a node's address in a file of the node, which `docker cp` reads whether the node runs or not. */
function connect({ container, network, address, isMoved }: Unplugged): string {
  const [name, net] = [shellQuote(container), shellQuote(network)];
  const ip = address === undefined ? `"$(docker cp ${name}:/kind/old-ipv4 - | tar -xOf -)"` : shellQuote(address);
  const disconnect = isMoved ? `docker network disconnect --force ${net} ${name} && ` : "";
  return `${disconnect}docker network connect --ip ${ip} ${net} ${name}`;
}
