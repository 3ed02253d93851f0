import * as pulumi from "@pulumi/pulumi";
import { shellWord } from "../core/shell";
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
 * The line that logs in to a host. It depends on nothing in the user's `~/.ssh/config` (`-F none`): a `ControlPath` or a `Host *` of theirs
 * could lead to another machine.
 * @param address the endpoint's address, resolved
 */
export function sshLine({ port, user, keyFile, knownHostsFile }: SshEndpoint, address: string): string {
  // Which file -i means depends on ssh's version if there is a percent sign in its name.
  const key = keyFile.includes("%") ? ["-o", `IdentityFile=${sshPath(keyFile)}`] : ["-i", keyFile];
  const known = ["-o", "IdentitiesOnly=yes", "-o", `UserKnownHostsFile=${sshPath(knownHostsFile)}`];
  return ["ssh", "-F", "none", ...key, ...known, "-p", String(port), `${user}@${address}`].map(shellWord).join(" ");
}

/** A path as the value of an option: ssh splits it at blanks if it is not quoted, and takes a percent sign for the start of a token. */
function sshPath(path: string): string {
  const escaped = path.replaceAll("%", "%%");
  return /\s|'/.test(path) ? `"${escaped}"` : escaped;
}
