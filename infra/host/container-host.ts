import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { digest, ownedName } from "../core/names";
import { ownerEnvironment } from "../core/ownership";
import { machineProcessor, type Processor } from "../core/processor";
import type { Site } from "../core/site";
import { LocalRunner, RemoteRunner } from "../exec/runner";
import { PUBLIC_KEY } from "../exec/step-output";
import type { DockerNetwork } from "../network/docker-network";
import type { Host, SshEndpoint } from "./host";
import type { SshKey } from "./ssh-key";

/** What decides a container that stands for a VM. */
export interface ContainerHostArgs {
  readonly site: Site;
  /** Host name, e.g. `forum-vm`; Docker's name of it is the stack's own. */
  readonly name: string;
  /** Image with systemd, sshd and sudo for the user `ubuntu`. */
  readonly image: string;
  readonly network: DockerNetwork;
  /** IPv4 address on that network. */
  readonly address: pulumi.Output<string>;
  /** Port of loopback that reaches its sshd: Docker Desktop has no route to containers. */
  readonly sshPort: number;
  readonly key: SshKey;
  /** IPv4 addresses by the names that its hosts file is to have. Default none. */
  readonly hosts?: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Who logs in; the image has made the user. */
const USER = "ubuntu";

/** How long one dial may take, and how many fail, before the host counts as unreachable: a minute and a half in all. */
const DIALS = { dialErrorLimit: 60, perDialTimeout: 5 };

/** A systemd container with sshd, as much like a VM as a container can be. Child: `<name>-create`. */
export class ContainerHost extends pulumi.ComponentResource implements Host {
  public readonly name: string;
  public readonly address: pulumi.Output<string>;
  public readonly ssh: SshEndpoint;
  public readonly home = `/home/${USER}`;
  public readonly processor: Processor;
  public readonly runner: RemoteRunner;
  public readonly identity: pulumi.Output<string>;
  public readonly anchor: pulumi.Resource;

  public constructor(name: string, args: ContainerHostArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:host:ContainerHost", name, {}, options);
    const { stack, owner, stateFolder } = args.site;
    const containerName = ownedName(stack, args.name);
    const knownHostsFile = join(stateFolder, `known_hosts-${args.name}`);
    const definition = [containerName, args.image, args.sshPort] as const;
    const hosts = hostLines(args.hosts ?? {});
    const create = new LocalRunner().step(
      `${name}-create`,
      {
        create: "container-host-create.sh",
        delete: "container-host-remove.sh",
        environment: {
          CONTAINER: containerName,
          HOST_NAME: args.name,
          IMAGE: args.image,
          NETWORK: args.network.name,
          ADDRESS: args.address,
          SSH_PORT: String(args.sshPort),
          ...ownerEnvironment(owner),
          HOSTS: hosts,
          IDENTITY: pulumi
            .all([args.address, hosts])
            .apply(([address, lines]) => digest([...definition, address, ...(lines === "" ? [] : [lines])])),
          KEY_FILE: args.key.file,
          KNOWN_HOSTS_FILE: knownHostsFile,
        },
        // Another key has to be let in again.
        rerunOn: [pulumi.unsecret(args.key.privateKey.apply((key) => digest([key])))],
        makes: { kind: "container", name: containerName },
        identity: [...definition, args.address, ...(args.hosts === undefined ? [] : [hosts])],
        output: PUBLIC_KEY,
      },
      { parent: this, dependsOn: [args.key], customTimeouts: { create: "5m" } },
    );

    this.name = args.name;
    this.processor = args.site.toolchain.processor ?? machineProcessor();
    this.address = pulumi.all([args.address, create.id]).apply(([address]) => address);
    // The step itself recreates a container that does not become ready: its host key then is another one.
    this.identity = pulumi.all([create.id, create.stdout]).apply(([id, hostKey]) => `${id}-${digest([hostKey])}`);
    this.anchor = create;
    this.ssh = {
      address: pulumi.output("127.0.0.1"),
      port: args.sshPort,
      user: USER,
      keyFile: args.key.file,
      knownHostsFile,
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

/** Lines of `NAME:ADDRESS`, as Docker takes them. */
function hostLines(hosts: Readonly<Record<string, pulumi.Input<string>>>): pulumi.Output<string> {
  return pulumi.output(hosts).apply((known) =>
    Object.entries(known)
      .map(([name, address]) => `${name}:${address}`)
      .join("\n"),
  );
}
