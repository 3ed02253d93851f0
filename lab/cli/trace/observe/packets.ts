import type { Connection } from "./endpoint";

/** A TCP segment that was captured. */
export interface Packet extends Connection {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Opens a connection: SYN without ACK. */
  readonly opens: boolean;
  /** Tears it down at once. */
  readonly resets: boolean;
  /** It came in, went out, or was only passing; `lo` shows each segment as both. */
  readonly direction: "in" | "out" | "other";
  readonly payload: Buffer;
}

/** Link types that `tcpdump -i any` writes, and where the network layer begins. */
const COOKED = {
  113: { protocolAt: 14, size: 16, directionAt: 1 },
  276: { protocolAt: 0, size: 20, directionAt: 10 },
} as const;

const IPV4 = 0x0800;
const TCP = 6;
const RECORD_HEADER = 16;
const FILE_HEADER = 24;

/**
 * Reads the TCP segments over IPv4 of a capture that `tcpdump -i any -w` has written.
 * @throws Error if it is no capture of this kind
 */
export function parsePackets(capture: Buffer): Packet[] {
  if (capture.length === 0) {
    return [];
  }
  const magic = capture.length < FILE_HEADER ? 0 : capture.readUInt32LE(0);
  const link = COOKED[(capture.length < FILE_HEADER ? 0 : capture.readUInt32LE(20)) as keyof typeof COOKED] as
    (typeof COOKED)[keyof typeof COOKED] | undefined;
  if (magic !== 0xa1b2c3d4 || link === undefined) {
    throw new Error("not a capture as tcpdump writes it on the interface any");
  }
  const packets: Packet[] = [];
  for (let at = FILE_HEADER; at + RECORD_HEADER <= capture.length;) {
    const length = capture.readUInt32LE(at + 8);
    const frame = capture.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length);
    const time = capture.readUInt32LE(at) * 1000 + capture.readUInt32LE(at + 4) / 1000;
    if (frame.length > link.size && frame.readUInt16BE(link.protocolAt) === IPV4) {
      const packet = tcpSegment(frame.subarray(link.size), time, directionOf(frame[link.directionAt]));
      packets.push(...(packet === undefined ? [] : [packet]));
    }
    at += RECORD_HEADER + length;
  }
  return packets;
}

function directionOf(kind: number | undefined): Packet["direction"] {
  return kind === 0 ? "in" : kind === 4 ? "out" : "other";
}

function tcpSegment(packet: Buffer, time: number, direction: Packet["direction"]): Packet | undefined {
  const headerLength = ((packet[0] ?? 0) & 0x0f) * 4;
  if (packet.length < headerLength + 20 || packet[9] !== TCP) {
    return undefined;
  }
  const segment = packet.subarray(headerLength, Math.min(packet.length, packet.readUInt16BE(2) || packet.length));
  const flags = segment[13] ?? 0;
  const address = (at: number) => [...packet.subarray(at, at + 4)].join(".");
  return {
    time,
    direction,
    opens: (flags & 0x12) === 0x02,
    resets: (flags & 0x04) !== 0,
    source: { address: address(12), port: segment.readUInt16BE(0) },
    destination: { address: address(16), port: segment.readUInt16BE(2) },
    payload: segment.subarray(((segment[12] ?? 0) >> 4) * 4),
  };
}
