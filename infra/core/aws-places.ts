import type { Processor } from "./processor";

/** The region of the study notes. */
export const DEFAULT_REGION = "ap-northeast-2";

/** E.g. `ap-northeast-2`, `us-gov-west-1`. */
const REGION = /^[a-z]{2}(-[a-z]+)+-\d{1,2}$/;

/** E.g. `us-west-2-lax-1a` or `us-east-1-wl1-bos-wlz-1`: what comes behind the region and a hyphen. */
const OUTLYING = /^-[a-z0-9]+(-[a-z0-9]+)*-\d+[a-z]?$/;

/** E.g. `t3.xlarge`, `m7i-flex.large`, `u-6tb1.112xlarge`. */
const INSTANCE_TYPE = /^([a-z][a-z0-9]*(?:-[a-z0-9]+)*)\.[a-z0-9]+(-[a-z0-9]+)?$/;

/** A `g` behind the generation, as in t4g, m7gd, im4gn, g5g; the first generation, a1; and Grace, as in p6e-gb200. */
const ARM_FAMILY = /^(a1|[a-z]+\d+[a-z]*g[a-z]*(-.*)?|.*-gb\d+)$/;

/** What is wrong with the name of a region: a problem that follows what was given. */
export function regionProblem(region: string): string | undefined {
  return REGION.test(region) ? undefined : "is not a region; write it like ap-northeast-2";
}

/** What is wrong with an availability zone for a region: a problem that follows what was given. */
export function zoneProblem(zone: string, region: string): string | undefined {
  const rest = zone.startsWith(region) ? zone.slice(region.length) : "";
  if (/^[a-z]$/.test(rest)) {
    return undefined;
  }
  return OUTLYING.test(rest)
    ? `is a local zone or a wavelength zone, which lack what the lab needs; write a zone of the region itself, e.g. ${region}a`
    : `is not an availability zone of ${region}; write the region and one letter, e.g. ${region}a`;
}

/** What is wrong with an EC2 instance type for images that are built for amd64: a problem that follows what was given. */
export function instanceTypeProblem(type: string): string | undefined {
  const family = INSTANCE_TYPE.exec(type)?.[1];
  if (family === undefined) {
    return "is not an instance type; write it like t3.xlarge";
  }
  return ARM_FAMILY.test(family)
    ? `has an Arm processor, and the lab's image is for amd64; choose a type with an Intel or AMD processor, e.g. t3.xlarge`
    : undefined;
}

/** The processor of an EC2 instance type. */
export function instanceProcessor(type: string): Processor {
  return ARM_FAMILY.test(INSTANCE_TYPE.exec(type)?.[1] ?? "") ? "arm64" : "amd64";
}

/** Sizes of instances with less than 4 GiB of memory, in every family that has them. */
const SMALL_SIZE = /\.(nano|micro|small)$/;

/** What is wrong with an EC2 instance type for a cluster with Istio: a problem that follows what was given. */
export function clusterInstanceTypeProblem(type: string): string | undefined {
  const problem = instanceTypeProblem(type);
  return problem === undefined && SMALL_SIZE.test(type)
    ? "has too little memory for Kubernetes and Istio; choose at least a medium one, e.g. t3.xlarge"
    : problem;
}

/** Addresses of a subnet that AWS keeps: the first four (network, router, DNS, future use), and the last one. */
export const RESERVED_ADDRESSES = { first: 4, last: 1 } as const;

/** How large and how small a VPC and a subnet can be. */
export const NETWORK_PREFIXES = { largest: 16, smallest: 28 } as const;

/** A tag's value as AWS takes it: letters and digits of any script, spaces, and some signs. */
const TAG_VALUE = /^[\p{L}\p{N} _.:/=+\-@]+$/u;

/** What is wrong with the value of a tag: a problem that follows what was given. */
export function tagValueProblem(value: string): string | undefined {
  const { length } = Array.from(value);
  if (length > 256) {
    return `has ${length} characters; use at most 256`;
  }
  if (value.toLowerCase().startsWith("aws:")) {
    return "begins with aws:, which AWS keeps for itself; leave that out";
  }
  return TAG_VALUE.test(value) && value.trim() !== ""
    ? undefined
    : "cannot be a tag; use letters, digits, spaces and _ . : / = + - @";
}

/** Text as the value of a tag: a hyphen in place of each character that AWS refuses. */
export function tagValue(text: string): string {
  return Array.from(text)
    .slice(0, 256)
    .map((character) => (TAG_VALUE.test(character) ? character : "-"))
    .join("");
}
