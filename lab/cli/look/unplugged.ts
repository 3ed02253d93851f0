import { dockerLines } from "../docker";
import type { EngineThing } from "../leftovers";
import type { ExpectedThing } from "./expected";
import type { LookScene } from "./look";

/** A container of the stack that somebody has taken off its network, or has put back at another address. */
export interface Unplugged {
  readonly container: string;
  readonly network: string;
  /** Its IPv4 address there; absent for a cluster's node, which knows it itself. */
  readonly address?: string;
  /** It is on the network, at another address. */
  readonly isMoved: boolean;
}

/** What Docker keeps of a container that was given an address, whether it runs or not. */
type Endpoints = Readonly<Record<string, { readonly IPAMConfig?: { readonly IPv4Address?: string } | null }>>;

/**
 * Tells which of the stack's containers are not at their place on its network. A node's address may be another one after a restart, and kind
 * copes with that.
 * @param own what carries the stack's mark on this machine's engine
 * @throws UserError if the engine does not answer
 */
export async function unplugged(
  { expected, session }: Pick<LookScene, "expected" | "session">,
  own: readonly EngineThing[],
): Promise<readonly Unplugged[]> {
  const isThere = (thing: ExpectedThing) => own.some(({ kind, name }) => kind === thing.kind && name === thing.name);
  const placed = expected.things.flatMap((thing) =>
    isThere(thing) && thing.network !== undefined ? [{ ...thing, network: thing.network }] : [],
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
    const endpoint = (JSON.parse(lines[index] ?? "{}") as Endpoints)[network];
    const isInPlace = endpoint && (address === undefined || endpoint.IPAMConfig?.IPv4Address === address);
    return isInPlace
      ? []
      : [{ container: name, network, ...(address === undefined ? {} : { address }), isMoved: endpoint !== undefined }];
  });
}
