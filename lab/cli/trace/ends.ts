import type { TraceDestination, TraceMap, TraceSource } from "../../program/trace-map";
import { UserError } from "../ui/user-error";
import { reachesServices } from "./request";

/** Both ends of a trace. */
export interface TraceEnds {
  readonly source: TraceSource;
  readonly destination: TraceDestination;
}

/** Whether a request from one end can reach the other. */
export function hasWay(from: TraceSource, to: TraceDestination): boolean {
  return to.kind === "server" || reachesServices(from) || to.entry !== undefined;
}

/**
 * Finds both ends of a trace by name.
 * @param lab whose ends they are, for the message
 * @throws UserError that says which names there are, or which ends reach each other if these do not
 */
export function chooseEnds(map: TraceMap, from: string, to: string, lab = "this lab"): TraceEnds {
  const named = <End extends { readonly name: string }>(ends: readonly End[], name: string, what: string): End => {
    const found = ends.find((end) => end.name === name);
    if (found === undefined) {
      throw new UserError(`trace ${what}: "${name}" given; ${lab} has ${anyOf(ends)}`);
    }
    return found;
  };
  const ends = { source: named(map.sources, from, "FROM"), destination: named(map.destinations, to, "TO") };
  assertWay(map, ends);
  return ends;
}

function assertWay(map: TraceMap, { source, destination }: TraceEnds): void {
  if (!hasWay(source, destination)) {
    const to = map.destinations.filter((one) => one.name !== source.name && hasWay(source, one));
    const from = map.sources.filter((one) => hasWay(one, destination));
    throw new UserError(
      `${source.name} is outside the mesh, and ${destination.name} has no way in from there; trace from ${source.name} to ${anyOf(to)}, or to ${destination.name} from ${anyOf(from)}`,
    );
  }
}

const anyOf = (ends: readonly { readonly name: string }[]) => ends.map(({ name }) => name).join(", ");
