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
 * could lead to another machine. ssh itself splits the list of known hosts files at blanks, unless a path is in double quotes.
 * @param address the endpoint's address, resolved
 */
export function sshLine({ port, user, keyFile, knownHostsFile }: SshEndpoint, address: string): string {
  const words = ["-F", "none", "-i", sshPath(keyFile), "-o", "IdentitiesOnly=yes"];
  const known = sshPath(knownHostsFile);
  words.push("-o", `UserKnownHostsFile=${/\s/.test(known) ? `"${known}"` : known}`, "-p", String(port));
  return ["ssh", ...words, `${user}@${address}`].map(shellWord).join(" ");
}

/** ssh takes a percent sign for the start of a token. */
function sshPath(path: string): string {
  return path.replaceAll("%", "%%");
}
