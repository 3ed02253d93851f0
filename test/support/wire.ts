import type { TraceReport } from "../../lab/cli/trace/report";

/** A connection as it was opened on the wire: `ADDRESS:PORT > ADDRESS:PORT`. */
export type Opened = string;

/** Ports that exist in Envoy only: iptables leads there, and no packet carries them. */
const REDIRECTED = /:1500[16]$/;

/**
 * The connections that `tcpdump -nn` printed the opening of, in the order of time, each once.
 * @param texts what tcpdump printed with `-tt 'tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn'`, in whatever namespaces
 */
export function openedOnWire(...texts: readonly string[]): Opened[] {
  const lines = texts.flatMap((text) =>
    [...text.matchAll(/^(\d+\.\d+) .*?IP (\S+)\.(\d+) > (\S+)\.(\d+): /gm)].map(
      ([, time, source, sourcePort, destination, port]) => ({
        time: Number(time),
        opened: `${source}:${sourcePort} > ${destination}:${port}`,
      }),
    ),
  );
  return [...new Set(lines.sort((one, other) => one.time - other.time).map(({ opened }) => opened))];
}

/** The connections that a trace claims, in its order, each once. */
export function claimed(report: TraceReport): Opened[] {
  const hops = report.hops.filter(
    ({ kind, destination }) => kind !== "response" && !REDIRECTED.test(destination ?? ""),
  );
  return [...new Set(hops.map(({ source, destination }) => `${source} > ${destination}`))];
}
