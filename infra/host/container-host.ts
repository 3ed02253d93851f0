import * as pulumi from "@pulumi/pulumi";
import { digest } from "../core/names";
import { LocalRunner, RemoteRunner } from "../exec/runner";
import { script } from "../core/script";
import type { DockerNetwork } from "../network/docker-network";
import type { Host, SshEndpoint } from "./host";
import type { SshKey } from "./ssh-key";

/** What decides a container that stands for a VM. */
export interface ContainerHostArgs {
  /** Host name, e.g. `forum-vm`. */
  readonly hostName: string;
  /** Docker's name of it, unique on this machine. */
  readonly containerName: string;
  /** The stack that owns it: the value of its label. */
  readonly stack: string;
  /** Image with systemd, sshd and sudo for the user `ubuntu`. */
  readonly image: string;
  readonly network: DockerNetwork;
  /** IPv4 address on that network. */
  readonly address: pulumi.Output<string>;
  /** Port of loopback that reaches its sshd: Docker Desktop has no route to containers. */
  readonly sshPort: number;
  readonly key: SshKey;
  /** Absolute path of the known_hosts file to write. */
  readonly knownHostsFile: string;
}

/** How long one dial may take, and how many fail, before the host counts as unreachable: a minute and a half in all. */
const DIALS = { dialErrorLimit: 60, perDialTimeout: 5 };

/** A systemd container with sshd, as much like a VM as a container can be. Child: `<name>-create`. */
export class ContainerHost extends pulumi.ComponentResource implements Host {
  public readonly name: string;
  public readonly address: pulumi.Output<string>;
  public readonly ssh: SshEndpoint;
  public readonly runner: RemoteRunner;
  public readonly identity: pulumi.Output<string>;
  public readonly anchor: pulumi.Resource;

  public constructor(name: string, args: ContainerHostArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:host:ContainerHost", name, {}, options);
    const definition = [args.containerName, args.image, args.sshPort] as const;
    const create = new LocalRunner().step(
      `${name}-create`,
      {
        create: script("container-host-create.sh"),
        delete: script("container-host-remove.sh"),
        environment: {
          CONTAINER: args.containerName,
          HOST_NAME: args.hostName,
          IMAGE: args.image,
          NETWORK: args.network.name,
          ADDRESS: args.address,
          SSH_PORT: String(args.sshPort),
          STACK: args.stack,
          IDENTITY: args.address.apply((address) => digest([...definition, address])),
          KEY_FILE: args.key.file,
          KNOWN_HOSTS_FILE: args.knownHostsFile,
        },
        identity: [...definition, args.address],
      },
      { parent: this, dependsOn: [args.key], customTimeouts: { create: "5m" } },
    );

    this.name = args.hostName;
    this.address = pulumi.all([args.address, create.id]).apply(([address]) => address);
    this.identity = create.id;
    this.anchor = create;
    this.ssh = {
      address: pulumi.output("127.0.0.1"),
      port: args.sshPort,
      user: "ubuntu",
      keyFile: args.key.file,
      knownHostsFile: args.knownHostsFile,
    };
    this.runner = new RemoteRunner(
      {
        host: this.ssh.address,
        port: args.sshPort,
        user: this.ssh.user,
        privateKey: args.key.privateKey,
        hostKey: create.stdout,
        ...DIALS,
      },
      this.identity,
    );
    this.registerOutputs({ address: this.address });
  }
}
