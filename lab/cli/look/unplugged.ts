import { dockerLines } from "../docker/docker";
import type { EngineThing } from "../docker/leftovers";
import { isThere, type LookScene } from "./look";

/** A container of the stack that somebody has taken off its network, or has put back at another address. */
export interface Unplugged {
  readonly container: string;
  readonly network: string;
  /** Its IPv4 address there; absent for a cluster's node, which knows it itself. */
  readonly address?: string;
  /** Docker has it on a network of that name, at another address, or on an earlier network that is gone. */
  readonly isMoved: boolean;
}

/** What Docker keeps of a container's place on a network, whether it runs or not. */
interface Endpoint {
  /** By which Docker tells the network from a later one of its name: the container cannot be started if that one is gone. */
  readonly NetworkID?: string;
  readonly IPAMConfig?: { readonly IPv4Address?: string } | null;
}

/**
 * Tells which of the stack's containers are not at their place on its network; a network that is gone has no places. A node's address may be another one after a restart, and kind
 * copes with that.
 * @param own what carries the stack's mark on this machine's engine
 * @throws UserError if the engine does not answer
 */
export async function unplugged(
  { expected, session }: Pick<LookScene, "expected" | "session">,
  own: readonly EngineThing[],
): Promise<readonly Unplugged[]> {
  const ids = new Map(own.flatMap(({ kind, name, id }) => (kind === "network" ? [[name, id] as const] : [])));
  const placed = expected.things.flatMap((thing) =>
    isThere(thing, own) && thing.network !== undefined && ids.has(thing.network)
      ? [{ ...thing, network: thing.network }]
      : [],
  );
  if (placed.length === 0) {
    return [];
  }
  const names = placed.map(({ name }) => name);
  const lines = await dockerLines(
    ["container", "inspect", "--format", "{{json .NetworkSettings.Networks}}", ...names],
    session.env,
  );
  return placed.flatMap(({ name, network, address }, index) => {
    const endpoint = (JSON.parse(lines[index] ?? "{}") as Readonly<Record<string, Endpoint>>)[network];
    const { NetworkID: id } = endpoint ?? {};
    const isInPlace =
      endpoint &&
      // Docker notes no id before the first start.
      (!id || id === ids.get(network)) &&
      (address === undefined || endpoint.IPAMConfig?.IPv4Address === address);
    return isInPlace
      ? []
      : [{ container: name, network, ...(address === undefined ? {} : { address }), isMoved: endpoint !== undefined }];
  });
}
