import type { Connection } from "./endpoint";

/** An entry of the kernel's table of tracked connections. */
export interface TrackedConnection {
  /** As the first packet came, before any NAT. */
  readonly original: Connection;
  /** As answers come: another address or port than the original's reverse is the work of NAT. */
  readonly reply: Connection;
  /** The line as `conntrack -L` prints it. */
  readonly line: string;
}

/** Reads what `conntrack -L -p tcp` prints; lines of other kinds are left out. */
export function parseConnectionTable(text: string): TrackedConnection[] {
  return text.split("\n").flatMap((line) => {
    const ends = [...line.matchAll(/src=([\d.]+) dst=([\d.]+) sport=(\d+) dport=(\d+)/g)].map(
      ([, source = "", destination = "", sourcePort, destinationPort]): Connection => ({
        source: { address: source, port: Number(sourcePort) },
        destination: { address: destination, port: Number(destinationPort) },
      }),
    );
    const [original, reply] = ends;
    return original === undefined || reply === undefined ? [] : [{ original, reply, line: line.trim() }];
  });
}
