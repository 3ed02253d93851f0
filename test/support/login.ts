import type { SshLogin } from "../../infra/core/ssh-line";

/** How one would log in to a host that is not there. */
export function loginOf(address: string, port = 22): SshLogin {
  return { address, port, user: "ubuntu", keyFile: "/key", knownHostsFile: "/known" };
}

/** How the line of such a login ends its options. */
export const OPTIONS = "-F none -i /key -o IdentitiesOnly=yes -o UserKnownHostsFile=/known";

/** What a fake ssh begins with: it then has the host's address and the words of the command. */
export const TO_HOST = 'while [[ $1 != *@* ]]; do shift; done; set -- "${1#*@}" "${@:2}"\n';
