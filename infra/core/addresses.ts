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

/** How many addresses MetalLB gets from the end of a lab's network: the notes need one, exercises a few more. */
const POOL_SIZE = 16;

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
 * @throws Error where the network is too small
 */
export function addressAt(cidr: string, number: number): string {
  const network = parseCidr(cidr);
  const offset = number < 0 ? size(network) + number : number;
  if (offset < 0 || offset >= size(network)) {
    throw new Error(`${cidr} has no address number ${number}; it has ${size(network)} addresses`);
  }
  return toText(network.base + offset);
}

/** Number of an address in its network: 192.168.10.200 is 200 in 192.168.10.0/24. */
export function numberOf(cidr: string, address: string): number {
  return toNumber(address) - parseCidr(cidr).base;
}

/**
 * MetalLB's pool: a slice from the end of the network, which Docker never hands out because its own range lies at the start.
 * @param cidr the network that is really there
 * @returns 16 addresses less the broadcast address, e.g. 192.168.10.240 to 192.168.10.254; less in a network smaller than /26
 */
export function loadBalancerPool(cidr: string): AddressRange {
  const network = parseCidr(cidr);
  const length = Math.min(POOL_SIZE, size(network) / 4);
  return { first: addressAt(cidr, -length), last: addressAt(cidr, -2) };
}

/**
 * The networks that a lab tries in order: the notes' first, then the following networks of the same size.
 * @param first the notes' CIDR, e.g. `192.168.10.0/24`
 * @param count how many. Default 32
 */
export function candidateNetworks(first: string, count = 32): string[] {
  const network = parseCidr(first);
  return Array.from({ length: count }, (_, index) =>
    formatCidr({ base: network.base + index * size(network), prefix: network.prefix }),
  );
}

/**
 * The part of the network from which Docker hands out addresses: kind's node gets the first of them.
 * @param cidr the lab's network
 * @returns for a /24 the two addresses 10 and 11, as CIDR, so that `k3s-s` is 192.168.10.10 as in the notes
 */
export function engineRange(cidr: string): string {
  return `${addressAt(cidr, 10)}/31`;
}
