import ipaddr from "ipaddr.js";

/** An IPv4 network as numbers. */
export interface Ipv4Network {
  /** Network address as an unsigned 32-bit number. */
  readonly base: number;
  /** Prefix length, 0 to 32. */
  readonly prefix: number;
}

/** First and last address of a run of addresses, both included. */
export interface AddressRange {
  readonly first: string;
  readonly last: string;
}

/** What RFC 1918 sets apart: a lab's network never leaves the one in which it begins. */
const PRIVATE_CIDRS = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"] as const;

function toNumber(address: string): number {
  return ipaddr.IPv4.parse(address)
    .toByteArray()
    .reduce((sum, octet) => sum * 256 + octet, 0);
}

function toText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

function size(network: Ipv4Network): number {
  return 2 ** (32 - network.prefix);
}

/** Is this a dotted IPv4 address with four octets? */
export function isIpv4(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text);
}

/**
 * Reads an IPv4 CIDR.
 * @param text e.g. `192.168.10.0/24`
 * @throws Error that says what is wrong: not a CIDR, or host bits set (with the CIDR that was meant)
 */
export function parseCidr(text: string): Ipv4Network {
  const [address = "", prefixText = "", ...rest] = text.split("/");
  const prefix = Number(prefixText);
  if (rest.length > 0 || !isIpv4(address) || !/^\d{1,2}$/.test(prefixText) || prefix > 32) {
    throw new Error(`"${text}" is not an IPv4 CIDR; write it like 192.168.10.0/24`);
  }
  const given = toNumber(address);
  const network = { base: given - (given % 2 ** (32 - prefix)), prefix };
  if (network.base !== given) {
    throw new Error(`"${text}" has host bits set; did you mean ${formatCidr(network)}?`);
  }
  return network;
}

/** The usual text of a network, e.g. `192.168.10.0/24`. */
export function formatCidr(network: Ipv4Network): string {
  return `${toText(network.base)}/${network.prefix}`;
}

/** Do two networks share an address? */
export function overlaps(one: Ipv4Network, other: Ipv4Network): boolean {
  return one.base < other.base + size(other) && other.base < one.base + size(one);
}

/** Does the network hold this IPv4 address? */
export function contains(network: Ipv4Network, address: string): boolean {
  const number = toNumber(address);
  return number >= network.base && number < network.base + size(network);
}

/**
 * An address by its number in the network.
 * @param cidr e.g. `192.168.10.0/24`
 * @param number 0 is the network's own address, -1 its last
 * @throws Error if the network is too small
 */
export function addressAt(cidr: string, number: number): string {
  const network = parseCidr(cidr);
  const offset = number < 0 ? size(network) + number : number;
  if (offset < 0 || offset >= size(network)) {
    throw new Error(`${cidr} has no address number ${number}; it has ${size(network)} addresses`);
  }
  return toText(network.base + offset);
}

/**
 * What a message calls an address by its number, which may lie outside the network: the address that `numberOf` was given.
 * @param number also negative, or higher than the network has addresses
 * @returns the address, or e.g. `number 9999999999` if no IPv4 address is that high
 */
export function addressText(cidr: string, number: number): string {
  const address = parseCidr(cidr).base + number;
  return address < 2 ** 32 ? toText(address) : `number ${number}`;
}

/** Number of an address in its network: 192.168.10.200 is 200 in 192.168.10.0/24. */
export function numberOf(cidr: string, address: string): number {
  return toNumber(address) - parseCidr(cidr).base;
}

/** How many addresses a network has, its own and the broadcast address included. */
export function addressCount(cidr: string): number {
  return size(parseCidr(cidr));
}

/**
 * Reads a run of addresses.
 * @param text e.g. `172.18.255.101-172.18.255.120`
 * @throws Error that says what is wrong: not two addresses, or the last one before the first
 */
export function parseRange(text: string): AddressRange {
  const [first = "", last = "", ...rest] = text.split("-").map((address) => address.trim());
  if (rest.length > 0 || !isIpv4(first) || !isIpv4(last)) {
    throw new Error(`"${text}" is not a range of addresses; write it like 172.18.255.101-172.18.255.120`);
  }
  if (toNumber(first) > toNumber(last)) {
    throw new Error(`"${text}" is reversed; did you mean ${last}-${first}?`);
  }
  return { first, last };
}

/**
 * The networks that a lab tries in order: the study notes' first, then the following networks of the same size, and after the last one of the same
 * private range the first ones of it.
 * @param first the study notes' CIDR, e.g. `192.168.10.0/24`; one that is not private stays the only one
 * @param count how many at most. Default 32
 */
export function candidateNetworks(first: string, count = 32): string[] {
  const { base, prefix } = parseCidr(first);
  const range = PRIVATE_CIDRS.map(parseCidr).find((one) => one.prefix <= prefix && overlaps(one, { base, prefix })) ?? {
    base,
    prefix,
  };
  const step = size({ base, prefix });
  return Array.from({ length: Math.min(count, size(range) / step) }, (_, index) =>
    formatCidr({ base: range.base + ((base - range.base + index * step) % size(range)), prefix }),
  );
}
