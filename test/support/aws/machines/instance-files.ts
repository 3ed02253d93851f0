import type { MachineSpec } from "../machines";

/** What the metadata server of an instance reads. */
export interface MetadataFile {
  /** Text by path below `/latest/meta-data/`. */
  readonly values: Readonly<Record<string, string>>;
  /** Null if the instance does not show its tags. */
  readonly tags: Readonly<Record<string, string>> | null;
}

/** The host name of an instance before anything has set it, e.g. `ip-192-168-10-10`. */
export function initialHostName(privateIp: string): string {
  return `ip-${privateIp.replaceAll(".", "-")}`;
}

/** What the metadata server of an instance is to tell. */
export function metadataFile(spec: MachineSpec): MetadataFile {
  const hostName = `${initialHostName(spec.privateIp)}.${spec.region}.compute.internal`;
  return {
    values: {
      "ami-id": spec.image,
      hostname: hostName,
      "instance-id": spec.instanceId,
      "instance-type": spec.instanceType,
      "local-hostname": hostName,
      "local-ipv4": spec.privateIp,
      "placement/availability-zone": spec.availabilityZone,
      "placement/region": spec.region,
      ...(spec.publicIp === undefined ? {} : { "public-ipv4": spec.publicIp }),
    },
    tags: spec.metadataTags ? spec.tags : null,
  };
}

/** The files of cloud-init's NoCloud seed, by name. JSON is YAML too. */
export function seedFiles(spec: MachineSpec): Readonly<Record<string, string>> {
  const metadata = {
    "instance-id": spec.instanceId,
    "local-hostname": initialHostName(spec.privateIp),
    "availability-zone": spec.availabilityZone,
    region: spec.region,
    "public-keys": spec.publicKey === undefined ? [] : [spec.publicKey],
  };
  return { "meta-data": JSON.stringify(metadata), "user-data": spec.userData };
}
