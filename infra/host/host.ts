import type * as pulumi from "@pulumi/pulumi";
import type { Processor } from "../core/processor";
import type { RemoteRunner } from "../exec/runner";

/** How one logs in to a host from this machine. */
export interface SshEndpoint {
  /** Address that this machine reaches: loopback for a container, public for EC2. */
  readonly address: pulumi.Output<string>;
  readonly port: number;
  readonly user: string;
  /** Absolute path of the private key, mode 0600. */
  readonly keyFile: string;
  /** Absolute path of the file with the host's key. */
  readonly knownHostsFile: string;
}

/** A machine with systemd and sshd, wherever it runs. */
export interface Host {
  /** Host name, e.g. `forum-vm`. */
  readonly name: string;
  /** IPv4 address on the lab's network. */
  readonly address: pulumi.Output<string>;
  readonly ssh: SshEndpoint;
  readonly processor: Processor;
  /** Runs steps on it over SSH. */
  readonly runner: RemoteRunner;
  /** Changes when the machine is made anew. */
  readonly identity: pulumi.Output<string>;
  /** What is on the host goes with this resource. */
  readonly anchor: pulumi.Resource;
}
