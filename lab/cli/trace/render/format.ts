import type { HopKind, TraceOutcome, TraceReport } from "../report";

/** What a terminal or a browser would act upon instead of showing: control characters, reordering, half characters. */
const UNSEEN = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** One or two words for a kind of hop. */
export const KIND_NAMES: Readonly<Record<HopKind, string>> = {
  client: "client",
  "node-nat": "node NAT",
  "iptables-outbound": "iptables",
  "envoy-outbound": "Envoy",
  "iptables-leaving": "iptables",
  "envoy-gateway": "Envoy",
  "iptables-inbound": "iptables",
  "envoy-inbound": "Envoy",
  "iptables-loopback": "iptables",
  application: "application",
  response: "answer",
};

/**
 * Writes out what cannot be seen, e.g. an escape as `\x1b`: what systems say may hold any byte.
 * @param kept characters that stay as they are
 */
export function visible(text: string, kept = ""): string {
  return text.replace(UNSEEN, (character) => {
    const code = character.charCodeAt(0);
    const hex = code.toString(16);
    return kept.includes(character) ? character : code < 256 ? `\\x${hex.padStart(2, "0")}` : `\\u${hex}`;
  });
}

/** Text for HTML, for elements and for quoted attributes. */
export function escapeHtml(text: string, kept = ""): string {
  return visible(text, kept).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Several lines for `<pre>`. */
export function escapeLines(text: string): string {
  return escapeHtml(text.replace(/\r\n/g, "\n"), "\n\t");
}

/** When a hop was reached, e.g. `0.41 ms`; empty if nothing shows it. */
export function hopTime({ milliseconds }: { readonly milliseconds?: number }): string {
  return milliseconds === undefined ? "" : `${milliseconds.toFixed(2)} ms`;
}

/** How long the request took on the wire, e.g. `4.2 ms from the first packet to the last`; without an answer, how long the client waited. */
export function requestTime({ milliseconds, status }: TraceOutcome): string {
  return `${milliseconds.toFixed(1)} ms${status === 0 ? "" : " from the first packet to the last"}`;
}

/** The HTTP status as the client saw it. */
export function statusText({ status }: TraceOutcome): string {
  return status === 0 ? "no answer" : String(status);
}

/** How the request ended: `200 in 4.2 ms from the first packet to the last, through 9 hops`, or where and why it failed. */
export function outcomeText({ outcome, hops }: TraceReport): string {
  if (outcome.ok) {
    const count = `${hops.length} ${hops.length === 1 ? "hop" : "hops"}`;
    return `${statusText(outcome)} in ${requestTime(outcome)}, through ${count}`;
  }
  const place = outcome.failedAt === undefined ? "" : ` at hop ${outcome.failedAt}`;
  return `failed${place}: ${outcome.reason ?? statusText(outcome)}`;
}
