import * as pulumi from "@pulumi/pulumi";
import type { SshLogin } from "../core/ssh-line";
import type { Host } from "./host";

/** What one needs to log in to a host. */
export interface HostLogin {
  readonly name: string;
  /** IPv4 address on the lab's network. */
  readonly address: string;
  readonly login: SshLogin;
}

/** How to log in to a host; resolves once it is built. */
export function hostLogin({ name, address, ssh }: Host): pulumi.Output<HostLogin> {
  const { port, user, keyFile, knownHostsFile } = ssh;
  return pulumi.all([address, ssh.address]).apply(([known, reached]) => {
    return { name, address: known, login: { address: reached, port, user, keyFile, knownHostsFile } };
  });
}
