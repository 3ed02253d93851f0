import * as pulumi from "@pulumi/pulumi";
import type { Host, SshEndpoint } from "./host";

/** What a person needs to log in to a host. */
export interface HostLogin {
  readonly name: string;
  /** IPv4 address on the lab's network. */
  readonly address: string;
  /** A line to paste. */
  readonly ssh: string;
}

/** How to log in to a host; resolves once it stands. */
export function hostLogin({ name, address, ssh }: Host): pulumi.Output<HostLogin> {
  return pulumi
    .all([address, ssh.address])
    .apply(([known, sshAddress]) => ({ name, address: known, ssh: sshLine(ssh, sshAddress) }));
}

/**
 * The line that logs in to a host.
 * @param address the endpoint's address, resolved
 */
export function sshLine({ port, user, keyFile, knownHostsFile }: SshEndpoint, address: string): string {
  return `ssh -i ${keyFile} -o IdentitiesOnly=yes -o UserKnownHostsFile=${knownHostsFile} -p ${port} ${user}@${address}`;
}
