/** A rule of the NAT table with its counters. */
export interface NatRule {
  readonly chain: string;
  /** Without chain and counters, e.g. `-p tcp -j REDIRECT --to-ports 15006`. */
  readonly rule: string;
  readonly packets: number;
}

/** Reads what `iptables-save --counters --table nat` prints, in the order of evaluation within each chain. */
export function parseNatRules(text: string): NatRule[] {
  return [...text.matchAll(/^\[(\d+):\d+\] -A (\S+) ?(.*)$/gm)].map(([, packets, chain = "", rule = ""]) => ({
    chain,
    rule,
    packets: Number(packets),
  }));
}

/** A rule that counted packets, and how many. */
export interface MovedRule {
  readonly chain: string;
  readonly rule: string;
  /** How many packets it matched in between; of a connection NAT sees the first one only. */
  readonly packets: number;
}

/**
 * The rules that counted packets between two looks.
 * @param before what was printed first
 * @param after what was printed later
 */
export function movedRules(before: string, after: string): MovedRule[] {
  const known = new Map<string, number>();
  const keyed = (rules: readonly NatRule[]) => {
    const seen = new Map<string, number>();
    return rules.map((rule) => {
      const text = `${rule.chain} ${rule.rule}`;
      seen.set(text, (seen.get(text) ?? 0) + 1);
      return { key: `${text} ${seen.get(text)}`, rule };
    });
  };
  keyed(parseNatRules(before)).forEach(({ key, rule }) => known.set(key, rule.packets));
  return keyed(parseNatRules(after)).flatMap(({ key, rule: { chain, rule, packets } }) => {
    const moved = packets - (known.get(key) ?? 0);
    return moved > 0 ? [{ chain, rule, packets: moved }] : [];
  });
}
