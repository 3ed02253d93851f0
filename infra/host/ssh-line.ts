import type { SshEndpoint } from "./host";

/**
 * The line that logs in to a host.
 * @param address the endpoint's address, resolved
 */
export function sshLine({ port, user, keyFile, knownHostsFile }: SshEndpoint, address: string): string {
  return `ssh -i ${keyFile} -o IdentitiesOnly=yes -o UserKnownHostsFile=${knownHostsFile} -p ${port} ${user}@${address}`;
}
