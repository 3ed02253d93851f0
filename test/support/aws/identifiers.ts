import { randomBytes } from "node:crypto";

/** A new id of AWS's form, e.g. `vpc-0123456789abcdef0`: 17 hexadecimal digits of which the first is 0. */
export function newId(prefix: string): string {
  return `${prefix}-0${randomBytes(8).toString("hex")}`;
}

/** A new hardware address as EC2 gives them: locally administered. */
export function newMacAddress(): string {
  return ["02", ...[...randomBytes(5)].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
}

/** The name that EC2's resolver has for a private address. */
export function privateDnsName(region: string, address: string): string {
  const domain = region === "us-east-1" ? "ec2.internal" : `${region}.compute.internal`;
  return `ip-${address.replaceAll(".", "-")}.${domain}`;
}

/** The name that DNS has for a public address of a VPC with DNS host names. */
export function publicDnsName(region: string, address: string): string {
  const domain = region === "us-east-1" ? "compute-1" : `${region}.compute`;
  return `ec2-${address.replaceAll(".", "-")}.${domain}.amazonaws.com`;
}
