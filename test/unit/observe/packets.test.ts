import { describe, expect, it } from "vitest";
import { parsePackets } from "../../../lab/cli/trace/observe/packets";
import { readPayload } from "../../../lab/cli/trace/observe/payload";

interface Segment {
  readonly from: readonly [string, number];
  readonly to: readonly [string, number];
  readonly flags: number;
  readonly payload?: Buffer;
  readonly protocol?: number;
}

const LINK = { sll: 113, sll2: 276 } as const;

function frame(
  link: keyof typeof LINK,
  kind: number,
  { from, to, flags, payload = Buffer.alloc(0), protocol = 6 }: Segment,
) {
  const head = Buffer.alloc(link === "sll" ? 16 : 20);
  if (link === "sll") {
    head.writeUInt16BE(kind, 0);
    head.writeUInt16BE(0x0800, 14);
  } else {
    head.writeUInt16BE(0x0800, 0);
    head.writeUInt8(kind, 10);
  }
  const internet = Buffer.alloc(20);
  internet.writeUInt8(0x45, 0);
  internet.writeUInt16BE(40 + payload.length, 2);
  internet.writeUInt8(protocol, 9);
  from[0].split(".").forEach((octet, index) => internet.writeUInt8(Number(octet), 12 + index));
  to[0].split(".").forEach((octet, index) => internet.writeUInt8(Number(octet), 16 + index));
  const transport = Buffer.alloc(20);
  transport.writeUInt16BE(from[1], 0);
  transport.writeUInt16BE(to[1], 2);
  transport.writeUInt8(0x50, 12);
  transport.writeUInt8(flags, 13);
  return Buffer.concat([head, internet, transport, payload]);
}

function capture(link: keyof typeof LINK, frames: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt32LE(LINK[link], 20);
  const records = frames.flatMap((bytes, index) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_700_000_000, 0);
    record.writeUInt32LE(250 * index, 4);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    return [record, bytes];
  });
  return Buffer.concat([header, ...records]);
}

const SYN = 0x02;
const SYN_ACK = 0x12;
const RST = 0x04;
const PUSH = 0x18;
const there = { from: ["127.0.0.6", 58477], to: ["10.10.0.26", 80] } as const;
const back = { from: there.to, to: there.from } as const;

/** A ClientHello with SNI and ALPN, as RFC 8446 lays it out. */
function clientHello(name: string, protocols: readonly string[]): Buffer {
  const sized = (bytes: Buffer) => {
    const size = Buffer.alloc(2);
    size.writeUInt16BE(bytes.length);
    return Buffer.concat([size, bytes]);
  };
  const extension = (type: number, body: Buffer) => Buffer.concat([Buffer.from([type >> 8, type & 255]), sized(body)]);
  const serverName = sized(Buffer.concat([Buffer.from([0]), sized(Buffer.from(name))]));
  const list = sized(
    Buffer.concat(protocols.map((one) => Buffer.concat([Buffer.from([one.length]), Buffer.from(one)]))),
  );
  const extensions = sized(
    Buffer.concat([extension(43, Buffer.from([2, 3, 4])), extension(0, serverName), extension(16, list)]),
  );
  const start = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32),
    Buffer.from([0]),
    sized(Buffer.alloc(4)),
    Buffer.from([1, 0]),
  ]);
  const hello = Buffer.concat([start, extensions]);
  return Buffer.concat([
    Buffer.from([22, 3, 1, 0, 0, 1, 0]),
    Buffer.from([hello.length >> 8, hello.length & 255]),
    hello,
  ]);
}

describe.each(["sll", "sll2"] as const)("a capture on all interfaces with link type %s", (link) => {
  it("is read segment by segment, with time, direction and what it does", () => {
    const packets = parsePackets(
      capture(link, [
        frame(link, 4, { ...there, flags: SYN }),
        frame(link, 0, { ...back, flags: SYN_ACK }),
        frame(link, 4, { ...there, flags: PUSH, payload: Buffer.from("GET / HTTP/1.1\r\n\r\n") }),
        frame(link, 0, { ...back, flags: RST }),
      ]),
    );
    expect(
      packets.map(({ opens, resets, direction, time }) => [opens, resets, direction, time - 1_700_000_000_000]),
    ).toEqual([
      [true, false, "out", 0],
      [false, false, "in", 0.25],
      [false, false, "out", 0.5],
      [false, true, "in", 0.75],
    ]);
    expect(packets[0]).toMatchObject({
      source: { address: "127.0.0.6", port: 58477 },
      destination: { address: "10.10.0.26", port: 80 },
    });
    expect(packets[2]?.payload.toString()).toBe("GET / HTTP/1.1\r\n\r\n");
  });

  it("leaves out what is no TCP", () => {
    expect(parsePackets(capture(link, [frame(link, 0, { ...there, flags: 0, protocol: 17 })]))).toEqual([]);
  });
});

describe("a capture", () => {
  it("without a packet, and none at all, have no segments", () => {
    expect([parsePackets(capture("sll2", [])), parsePackets(Buffer.alloc(0))]).toEqual([[], []]);
  });

  it("that is cut off in a header ends there", () => {
    const whole = capture("sll2", [frame("sll2", 4, { ...there, flags: SYN })]);
    expect(parsePackets(whole.subarray(0, 30))).toEqual([]);
  });

  it("fails if it is something else", () => {
    expect(() => parsePackets(Buffer.from("tcpdump: permission denied, and more"))).toThrow(
      "not a capture as tcpdump writes it",
    );
  });
});

describe("the first bytes of a connection", () => {
  it("tell mutual TLS by a ClientHello, with SNI and ALPN", () => {
    const name = "outbound_.80_._.svc-clusterip.default.svc.cluster.local";
    expect(readPayload(clientHello(name, ["istio", "http/1.1"]))).toEqual({
      kind: "tls",
      serverName: name,
      protocols: ["istio", "http/1.1"],
    });
  });

  it("tell TLS without names if the ClientHello is cut off", () => {
    expect(readPayload(clientHello("a.b", ["h2"]).subarray(0, 60))).toEqual({ kind: "tls", protocols: [] });
  });

  it("tell a plain request with its headers in lower case", () => {
    const bytes = Buffer.from(
      "GET /a?b HTTP/1.1\r\nHost: www.gasida.dev:30000\r\nX-Forwarded-For: 172.18.0.3\r\n\r\nbody: no",
    );
    expect(readPayload(bytes)).toEqual({
      kind: "http",
      requestLine: "GET /a?b HTTP/1.1",
      headers: { host: "www.gasida.dev:30000", "x-forwarded-for": "172.18.0.3" },
    });
  });

  it.each([Buffer.from("SSH-2.0-OpenSSH"), Buffer.alloc(0), Buffer.from([22])])("are neither for %j", (bytes) => {
    expect(readPayload(bytes)).toEqual({ kind: "other" });
  });
});
