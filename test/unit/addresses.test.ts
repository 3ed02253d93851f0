import { describe, expect, it } from "vitest";
import {
  addressAt,
  candidateNetworks,
  contains,
  engineRange,
  formatCidr,
  loadBalancerPool,
  numberOf,
  overlaps,
  parseCidr,
} from "../../infra/core/addresses";

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

  it("gives back the number of an address", () => {
    expect(numberOf(cidr, "192.168.10.200")).toBe(200);
  });

  it("knows its own addresses from its neighbours'", () => {
    expect(
      ["192.168.9.255", "192.168.10.0", "192.168.10.255", "192.168.11.0"].map((a) => contains(parseCidr(cidr), a)),
    ).toEqual([false, true, true, false]);
  });
});

describe("MetalLB's pool", () => {
  it.each([
    ["192.168.10.0/24", "192.168.10.240", "192.168.10.254"],
    ["172.18.0.0/16", "172.18.255.240", "172.18.255.254"],
    ["192.168.10.0/25", "192.168.10.112", "192.168.10.126"],
    ["192.168.10.0/28", "192.168.10.12", "192.168.10.14"],
  ])("of %s runs from %s to %s, without the broadcast address", (cidr, first, last) => {
    expect(loadBalancerPool(cidr)).toEqual({ first, last });
  });

  it.each(candidateNetworks("192.168.10.0/24"))(
    "of %s holds neither what Docker hands out nor the notes' VM",
    (cidr) => {
      const { first, last } = loadBalancerPool(cidr);
      const inPool = (address: string) =>
        numberOf(cidr, address) >= numberOf(cidr, first) && numberOf(cidr, address) <= numberOf(cidr, last);
      const handedOut = engineRange(cidr).split("/")[0] ?? "";
      expect([handedOut, addressAt(cidr, 11), addressAt(cidr, 1), addressAt(cidr, 200)].map(inPool)).toEqual([
        false,
        false,
        false,
        false,
      ]);
    },
  );
});

describe("candidate networks", () => {
  it("begin with the notes' and follow one another without an overlap", () => {
    const candidates = candidateNetworks("192.168.10.0/24", 4);
    expect(candidates).toEqual(["192.168.10.0/24", "192.168.11.0/24", "192.168.12.0/24", "192.168.13.0/24"]);
  });

  it("let Docker hand out the notes' address of the cluster first", () => {
    expect(engineRange("192.168.10.0/24")).toBe("192.168.10.10/31");
  });
});
