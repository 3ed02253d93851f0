import { shellWord } from "./shell";

/** How one logs in to a host from this machine. */
export interface SshLogin {
  /** Address that this machine reaches: loopback for a container, public for EC2. */
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Absolute path of the private key, mode 0600. */
  readonly keyFile: string;
  /** Absolute path of the file with the host's key. */
  readonly knownHostsFile: string;
}

/**
 * The line that logs in to a host. It depends on nothing in the user's `~/.ssh/config` (`-F none`): a `ControlPath` or a `Host *` of theirs
 * could lead to another machine.
 * @param options words for ssh in front of the others, e.g. `["-t"]`. Default: none
 */
export function sshLine({ address, port, user, keyFile, knownHostsFile }: SshLogin, options: readonly string[] = []) {
  // Which file -i means depends on ssh's version if there is a percent sign in its name.
  const key = keyFile.includes("%") ? ["-o", `IdentityFile=${sshPath(keyFile)}`] : ["-i", keyFile];
  const known = ["-o", "IdentitiesOnly=yes", "-o", `UserKnownHostsFile=${sshPath(knownHostsFile)}`];
  const words = ["ssh", ...options, "-F", "none", ...key, ...known, "-p", String(port), `${user}@${address}`];
  return words.map(shellWord).join(" ");
}

/** A path as the value of an option: ssh splits it at blanks if it is not quoted, and takes a percent sign for the start of a token. */
function sshPath(path: string): string {
  const escaped = path.replaceAll("%", "%%");
  return /\s|'/.test(path) ? `"${escaped}"` : escaped;
}
