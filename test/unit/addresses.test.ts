import { describe, expect, it } from "vitest";
import {
  addressAt,
  addressCount,
  candidateNetworks,
  contains,
  formatCidr,
  numberOf,
  overlaps,
  parseCidr,
  parseRange,
} from "../../infra/core/addresses";
import { ENGINE_RANGE, LOAD_BALANCER_POOL } from "../../lab/vm/study-notes";

describe("a CIDR", () => {
  it.each([
    ["192.168.10.0/24", "192.168.10.0/24"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["255.255.255.255/32", "255.255.255.255/32"],
    ["172.16.0.0/16", "172.16.0.0/16"],
  ])("%s is read and written back as %s", (text, expected) => {
    expect(formatCidr(parseCidr(text))).toBe(expected);
  });

  it.each([
    ["192.168.10.5/24", '"192.168.10.5/24" has host bits set; did you mean 192.168.10.0/24?'],
    ["192.168.10.0", '"192.168.10.0" is not an IPv4 CIDR; write it like 192.168.10.0/24'],
    ["192.168.10.0/33", '"192.168.10.0/33" is not an IPv4 CIDR; write it like 192.168.10.0/24'],
    ["192.168.10/24", '"192.168.10/24" is not an IPv4 CIDR; write it like 192.168.10.0/24'],
    ["0xc0.168.10.0/24", '"0xc0.168.10.0/24" is not an IPv4 CIDR; write it like 192.168.10.0/24'],
    ["10.0.0.0/8/8", '"10.0.0.0/8/8" is not an IPv4 CIDR; write it like 192.168.10.0/24'],
    ["", '"" is not an IPv4 CIDR; write it like 192.168.10.0/24'],
  ])("fails for %j and says what would be right", (text, message) => {
    expect(() => parseCidr(text)).toThrow(message);
  });
});

describe("overlapping", () => {
  it.each([
    ["10.0.0.0/8", "10.200.0.0/16", true],
    ["10.200.0.0/16", "10.0.0.0/8", true],
    ["192.168.10.0/24", "192.168.11.0/24", false],
    ["192.168.10.0/24", "192.168.10.0/24", true],
    ["0.0.0.0/0", "255.255.255.255/32", true],
    ["192.168.10.255/32", "192.168.10.0/24", true],
    ["192.168.11.0/32", "192.168.10.0/24", false],
  ])("%s and %s: %s", (one, other, expected) => {
    expect(overlaps(parseCidr(one), parseCidr(other))).toBe(expected);
  });
});

describe("addresses of the notes' network", () => {
  const cidr = "192.168.10.0/24";

  it.each([
    [10, "192.168.10.10"],
    [200, "192.168.10.200"],
    [0, "192.168.10.0"],
    [-1, "192.168.10.255"],
    [-2, "192.168.10.254"],
  ])("number %d is %s", (number, address) => {
    expect(addressAt(cidr, number)).toBe(address);
  });

  it.each([[256], [-257]])("fails for number %d, which the network does not have", (number) => {
    expect(() => addressAt(cidr, number)).toThrow(`${cidr} has no address number ${number}; it has 256 addresses`);
  });

  it.each([
    ["192.168.10.0/24", 256],
    ["172.18.0.0/16", 65536],
  ])("are, in %s, %d", (network, count) => {
    expect(addressCount(network)).toBe(count);
  });

  it("gives back the number of an address", () => {
    expect(numberOf(cidr, "192.168.10.200")).toBe(200);
  });

  it("knows its own addresses from its neighbours'", () => {
    expect(
      ["192.168.9.255", "192.168.10.0", "192.168.10.255", "192.168.11.0"].map((a) => contains(parseCidr(cidr), a)),
    ).toEqual([false, true, true, false]);
  });
});

describe("a run of addresses", () => {
  it.each([["172.18.255.101-172.18.255.120"], [" 172.18.255.101 - 172.18.255.120 "]])("is read from %j", (text) => {
    expect(parseRange(text)).toEqual({ first: "172.18.255.101", last: "172.18.255.120" });
  });

  it("may be one address", () => {
    expect(parseRange("10.0.0.1-10.0.0.1")).toEqual({ first: "10.0.0.1", last: "10.0.0.1" });
  });

  it.each([[""], ["10.0.0.1"], ["10.0.0.1-20"], ["10.0.0.1-10.0.0.2-10.0.0.3"], ["10.0.0.0/24"], ["a-b"]])(
    "fails for %j and says what would be right",
    (text) => {
      expect(() => parseRange(text)).toThrow(
        `"${text}" is not a range of addresses; write it like 172.18.255.101-172.18.255.120`,
      );
    },
  );

  it("fails if it is reversed, by number and not by text", () => {
    expect(() => parseRange("10.0.0.20-10.0.0.3")).toThrow(
      '"10.0.0.20-10.0.0.3" is reversed; did you mean 10.0.0.3-10.0.0.20?',
    );
  });
});

describe("the vm lab's pool for load balancers", () => {
  it.each(candidateNetworks("192.168.10.0/24"))(
    "in %s holds neither what Docker hands out nor the notes' VM",
    (cidr) => {
      const [first, last] = [LOAD_BALANCER_POOL.first, LOAD_BALANCER_POOL.last].map((number) =>
        addressAt(cidr, number),
      );
      const handedOut = Array.from(
        { length: 2 ** (32 - ENGINE_RANGE.prefix) },
        (_, index) => ENGINE_RANGE.first + index,
      );
      const inPool = [0, 1, 200, 255, ...handedOut].filter(
        (number) => number >= numberOf(cidr, first ?? "") && number <= numberOf(cidr, last ?? ""),
      );
      expect(inPool).toEqual([]);
    },
  );
});

describe("candidate networks", () => {
  it("begin with the notes' and follow one another without an overlap", () => {
    const candidates = candidateNetworks("192.168.10.0/24", 4);
    expect(candidates).toEqual(["192.168.10.0/24", "192.168.11.0/24", "192.168.12.0/24", "192.168.13.0/24"]);
  });

  it.each<[string, string, number | undefined, string[]]>([
    [
      "all of the notes' size",
      "172.18.0.0/16",
      undefined,
      [18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 16, 17].map((octet) => `172.${octet}.0.0/16`),
    ],
    [
      "after the last the first",
      "192.168.254.0/24",
      4,
      ["192.168.254.0/24", "192.168.255.0/24", "192.168.0.0/24", "192.168.1.0/24"],
    ],
    ["as few as there are", "10.128.0.0/9", undefined, ["10.128.0.0/9", "10.0.0.0/9"]],
    ["a whole range alone", "192.168.0.0/16", undefined, ["192.168.0.0/16"]],
    ["a network alone that is not private", "198.51.100.0/24", undefined, ["198.51.100.0/24"]],
    ["a network alone that is larger than its private range", "192.0.0.0/8", undefined, ["192.0.0.0/8"]],
  ])("stay in their private range: %s", (_, first, count, expected) => {
    expect(candidateNetworks(first, count)).toEqual(expected);
  });

  it.each([["192.168.10.0/24"], ["10.0.0.0/16"], ["172.31.255.0/24"]])(
    "are 32 unless told, none twice: from %s",
    (first) => {
      expect(new Set(candidateNetworks(first)).size).toBe(32);
    },
  );
});
