import * as aws from "@pulumi/aws";
import type { ToolchainManifest } from "../../infra/core/toolchain-manifest";
import type { AwsVmLabConfig } from "../../lab/vm/config/aws";
import { awsPlatform } from "../../lab/vm/aws-platform";
import { VmLab } from "../../lab/vm/lab";
import { registrations, type Registration } from "./mocks";
import { contextOf, toolchain } from "./toolchain";
import { parseLabConfig } from "./lab-config";

/** Public addresses that the mocked EC2 gives out, by the host's name. */
export const PUBLIC_ADDRESSES = { "k3s-s": "198.51.100.10", "forum-vm": "198.51.100.200" } as const;

/** The caller of the mocked lab. */
export const CALLER = "203.0.113.7/32";

/** The time, in seconds since 1970, at which the mocked lab began: 2026-01-01T00:00:00Z. */
const BEGAN = 1767225600;

function stdout(name: string): string {
  return name.endsWith("-began") ? String(BEGAN) : `stdout of ${name}`;
}

function told(type: string, name: string): Readonly<Record<string, unknown>> {
  if (type !== "aws:ec2/eip:Eip") {
    return {};
  }
  const publicIp = name.includes("k3s-s") ? PUBLIC_ADDRESSES["k3s-s"] : PUBLIC_ADDRESSES["forum-vm"];
  return { publicIp, allocationId: `${name}-allocation` };
}

/**
 * Registers the `vm` lab on AWS against mocks.
 * @param raw configuration by key, beside lab and platform
 * @param served what set-up prepared. Default: as in registry mode
 */
export async function awsRegistrations(
  raw: Record<string, unknown> = {},
  served: ToolchainManifest = toolchain,
): Promise<Registration[]> {
  const config = parseLabConfig({ owner: "student", ...raw, lab: "vm", platform: "aws" }) as AwsVmLabConfig;
  const build = () => {
    const provider = new aws.Provider("aws", { region: config.region });
    const account = { provider, imageId: "ami-0123456789abcdef0", ingressCidr: CALLER };
    return new VmLab("vm", config, contextOf(served), awsPlatform(config, account));
  };
  return registrations(stdout, build, told);
}
