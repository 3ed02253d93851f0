import { formatEndpoint, isSameEndpoint, reversed } from "../observe/endpoint";
import type { MovedRule } from "../observe/nat-rules";
import type { Observation } from "../observation";
import type { Walk } from "../walk";
import { fact, sighting } from "./evidence";
import { chainPath, connectionEvidence, isTranslated, ruleEvidence, trackedAt } from "./kernel-evidence";

/** kube-proxy's chains say in a comment which service they are for. */
function serviceOf(rules: readonly MovedRule[]): string | undefined {
  return rules
    .map(({ rule }) => /--comment "?([\w-]+\/[\w.-]+(?::[\w-]+)?)/.exec(rule)?.[1])
    .find((name) => name !== undefined);
}

/** The rules of kube-proxy that lead to one endpoint, from the end backwards: if several services moved, only its own count. */
export function rulesTo(moved: readonly MovedRule[], destination: string): MovedRule[] {
  const target = moved.find(({ rule }) => rule.includes(`--to-destination ${destination}`));
  const path: MovedRule[] = [];
  for (let rule = target; rule !== undefined && !path.includes(rule);) {
    path.unshift(rule);
    const { chain } = rule;
    rule = moved.find((one) => one.rule.endsWith(`-j ${chain}`) || one.rule.endsWith(`-g ${chain}`));
  }
  return path;
}

/** Follows every translation of addresses by nodes until the connection leads to a station, or nowhere. */
export function addNodes(walk: Walk): void {
  const passed = new Set<Observation>();
  for (;;) {
    const found = walk.all
      .filter((seen) => seen.station.kind === "node" && !passed.has(seen))
      .map((seen) => ({ seen, entry: trackedAt(seen, walk.connection) }))
      .find(({ entry }) => entry !== undefined && isTranslated(entry));
    if (found?.entry === undefined) {
      return;
    }
    passed.add(found.seen);
    addNode(walk, found.seen);
  }
}

function addNode(walk: Walk, seen: Observation): void {
  const entry = trackedAt(seen, walk.connection);
  if (entry === undefined) {
    return;
  }
  const before = walk.connection;
  const after = reversed(entry.reply);
  const rules = rulesTo(seen.moved, formatEndpoint(after.destination));
  const keepsSource = isSameEndpoint(before.source, after.source);
  const keepsDestination = isSameEndpoint(before.destination, after.destination);
  walk.goOn(after);
  walk.add({
    kind: "node-nat",
    ...sighting(seen, before),
    title: keepsDestination
      ? "the node puts its own address in place of the pod's"
      : "the node translates the service's address to a pod's",
    facts: [
      ...fact("service", serviceOf(rules)),
      ...fact("destination", keepsDestination ? "kept" : formatEndpoint(after.destination)),
      ...fact("source", keepsSource ? "kept: the client's own address" : formatEndpoint(after.source)),
      ...(keepsDestination ? [] : fact("NAT rules", chainPath(rules))),
    ],
    evidence: [...ruleEvidence(seen, rules), ...connectionEvidence(seen, entry)],
  });
}
