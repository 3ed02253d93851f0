import type * as pulumi from "@pulumi/pulumi";
import type { Processor } from "../core/processor";
import type { SshLogin } from "../core/ssh-line";
import type { RemoteRunner } from "../exec/runner";

/** How one logs in to a host from this machine. */
export interface SshEndpoint extends Omit<SshLogin, "address"> {
  /** The address is known once the host is. */
  readonly address: pulumi.Output<string>;
}

/** A machine with systemd and sshd, wherever it runs. */
export interface Host {
  /** Host name, e.g. `forum-vm`. */
  readonly name: string;
  /** IPv4 address on the lab's network. */
  readonly address: pulumi.Output<string>;
  readonly ssh: SshEndpoint;
  /** Folder of the user who logs in, on the host. */
  readonly home: string;
  readonly processor: Processor;
  /** Runs steps on it over SSH. */
  readonly runner: RemoteRunner;
  /** Changes when the machine is recreated. */
  readonly identity: pulumi.Output<string>;
  /** What is on the host goes with this resource. */
  readonly anchor: pulumi.Resource;
}
