import type { TrackedConnection } from "../observe/connection-table";
import { isSameConnection, reversed, type Connection } from "../observe/endpoint";
import type { MovedRule } from "../observe/nat-rules";
import type { Observation } from "../observation";
import type { HopEvidence } from "../report";
import { evidence } from "./evidence";

/** Rules that counted packets, and the command that shows the counters. */
export function ruleEvidence({ prefix }: Observation, rules: readonly MovedRule[]): HopEvidence[] {
  const lines = rules.map(({ chain, rule, packets }) => `${`+${packets}`.padStart(4)}  -A ${chain} ${rule}`);
  return evidence("NAT rules that counted packets", `${prefix} iptables -t nat -L -n -v`, lines);
}

/** The path through the chains, e.g. `PREROUTING +1, ISTIO_INBOUND +1`. */
export function chainPath(rules: readonly MovedRule[]): string {
  const described = rules.map(({ chain, rule, packets }) => {
    const target = /-j (\S+)(?: --to-ports (\d+))?/.exec(rule);
    const port = target?.[2] === undefined ? "" : ` ${target[2]}`;
    return `${chain} → ${target?.[1] ?? ""}${port} +${packets}`;
  });
  return described.length === 0 ? "none moved: the connection is older than the trace" : described.join(", ");
}

/** The entry of a connection in the table of a network namespace. */
export function trackedAt(seen: Observation, connection: Connection): TrackedConnection | undefined {
  return seen.connections.find(({ original }) => isSameConnection(original, connection));
}

/** Has NAT changed it? */
export function isTranslated({ original, reply }: TrackedConnection): boolean {
  return !isSameConnection(reversed(original), reply);
}

/** Title of the evidence that is an entry of the kernel's table. */
export const TRACKED = "tracked connection";

/** The entry, and the command that shows it. */
export function connectionEvidence({ prefix }: Observation, entry: TrackedConnection | undefined): HopEvidence[] {
  if (entry === undefined) {
    return [];
  }
  const { source, destination } = entry.original;
  const command = `${prefix} conntrack -L -p tcp --orig-src ${source.address} --orig-dst ${destination.address} --sport ${source.port}`;
  return evidence(TRACKED, command, [entry.line]);
}
