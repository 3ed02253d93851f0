import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { instanceProcessor } from "../core/aws-places";
import type { Processor } from "../core/processor";
import { LocalRunner, RemoteRunner, type Step } from "../exec/runner";
import { PUBLIC_KEY } from "../exec/step-output";
import type { Ec2Fleet } from "./ec2-fleet";
import type { Host, SshEndpoint } from "./host";

/** What decides one EC2 instance. */
export interface Ec2HostArgs {
  readonly fleet: Ec2Fleet;
  /** Host name, e.g. `forum-vm`. */
  readonly name: string;
  /** EC2's type, e.g. `t3.small`; another one stops the instance and starts it again, with its disk. */
  readonly instanceType: string;
  /** Private IPv4 address, e.g. `192.168.10.200`. */
  readonly address: string;
  /** User data from the public address; another text recreates the instance. */
  readonly userData: (publicAddress: string) => string;
  /** It runs k3s, whose node is waited for. Default false. */
  readonly isCluster?: boolean;
}

/** Who logs in; images of Ubuntu have the user. */
const USER = "ubuntu";

/** How long one dial may take in seconds, and how many fail, before the host counts as unreachable. */
const DIALS = { dialErrorLimit: 60, perDialTimeout: 5 };

/**
 * An EC2 instance of the study notes, with addresses of its own: it boots with them, keeps them when it is stopped, and so does one in its place.
 * Children: `<name>-interface`, `<name>-public-address`, `<name>-public-address-association`, `<name>-instance`, `<name>-power`, `<name>-ready`.
 */
export class Ec2Host extends pulumi.ComponentResource implements Host {
  public readonly name: string;
  public readonly address: pulumi.Output<string>;
  /** IPv4 address at which this machine reaches it. */
  public readonly publicAddress: pulumi.Output<string>;
  public readonly ssh: SshEndpoint;
  public readonly home = `/home/${USER}`;
  public readonly processor: Processor;
  public readonly runner: RemoteRunner;
  public readonly identity: pulumi.Output<string>;
  public readonly anchor: pulumi.Resource;
  /** Waits until the instance can be worked with. */
  public readonly ready: Step;

  public constructor(name: string, args: Ec2HostArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:host:Ec2Host", name, {}, options);
    const { fleet } = args;
    const networkInterface = this.networkInterface(name, args);
    const elasticIp = this.elasticIp(name, args);
    const association = new aws.ec2.EipAssociation(
      `${name}-public-address-association`,
      { allocationId: elasticIp.allocationId, networkInterfaceId: networkInterface.id },
      { parent: this, dependsOn: [...fleet.network.passable] },
    );
    const instance = this.instance(name, args, networkInterface, elasticIp, association);
    const power = new aws.ec2transitgateway.InstanceState(
      `${name}-power`,
      { instanceId: instance.id, state: fleet.power === "on" ? "running" : "stopped" },
      { parent: this, deletedWith: instance, deleteBeforeReplace: true },
    );

    this.name = args.name;
    this.processor = instanceProcessor(args.instanceType);
    this.address = pulumi.all([instance.id, args.address]).apply(([, address]) => address);
    this.publicAddress = elasticIp.publicIp;
    this.identity = instance.id;
    this.anchor = instance;
    this.ssh = {
      address: elasticIp.publicIp,
      port: 22,
      user: USER,
      keyFile: fleet.key.file,
      knownHostsFile: join(fleet.site.stateFolder, `known_hosts-${args.name}`),
    };
    this.ready = this.awaitReady(name, args, [power, association, fleet.key]);
    this.runner = new RemoteRunner(
      {
        host: this.ssh.address,
        port: this.ssh.port,
        user: this.ssh.user,
        privateKey: fleet.key.privateKey,
        hostKey: this.ready.stdout,
        ...DIALS,
      },
      this.identity,
    );
    this.registerOutputs({ address: this.address, publicAddress: this.publicAddress });
  }

  /** Of its own, so that the public address is there before the machine boots and is no other while it fetches packages. */
  private networkInterface(name: string, { fleet, address, name: hostName }: Ec2HostArgs): aws.ec2.NetworkInterface {
    const { network, tagging } = fleet;
    return new aws.ec2.NetworkInterface(
      `${name}-interface`,
      {
        subnetId: network.subnetId,
        privateIps: [address],
        securityGroups: [network.securityGroupId],
        description: `Istio lab: ${hostName}`,
        tags: tagging(`${name}-interface`, hostName),
      },
      { parent: this, deleteBeforeReplace: true },
    );
  }

  private elasticIp(name: string, { fleet, name: hostName }: Ec2HostArgs): aws.ec2.Eip {
    return new aws.ec2.Eip(
      `${name}-public-address`,
      { domain: "vpc", tags: fleet.tagging(`${name}-public-address`, hostName) },
      { parent: this },
    );
  }

  private instance(
    name: string,
    args: Ec2HostArgs,
    networkInterface: aws.ec2.NetworkInterface,
    elasticIp: aws.ec2.Eip,
    association: pulumi.Resource,
  ): aws.ec2.Instance {
    const { fleet, instanceType } = args;
    const tags = fleet.tagging(`${name}-instance`, args.name);
    return new aws.ec2.Instance(
      `${name}-instance`,
      {
        ami: fleet.imageId,
        instanceType,
        keyName: fleet.key.keyName,
        primaryNetworkInterface: { networkInterfaceId: networkInterface.id },
        userData: elasticIp.publicIp.apply(args.userData),
        userDataReplaceOnChange: true,
        instanceInitiatedShutdownBehavior: fleet.atExpiry,
        // Hop limit 1: no pod can ask. Tags are readable there, since the machine learns from one when it ends.
        metadataOptions: {
          httpEndpoint: "enabled",
          httpTokens: "required",
          httpPutResponseHopLimit: 1,
          instanceMetadataTags: "enabled",
        },
        rootBlockDevice: {
          volumeType: "gp3",
          volumeSize: fleet.volumeSize,
          encrypted: true,
          deleteOnTermination: true,
          tags: fleet.tagging(`${name}-volume`, args.name),
        },
        tags,
      },
      {
        parent: this,
        dependsOn: [association, ...fleet.network.passable],
        // Its addresses can belong to one machine at a time.
        deleteBeforeReplace: true,
        // The parameter names a newer image every few weeks: no reason to recreate a machine that exists.
        ignoreChanges: ["ami"],
        customTimeouts: { create: "10m", delete: "10m" },
      },
    );
  }

  private awaitReady(name: string, args: Ec2HostArgs, dependsOn: pulumi.Resource[]): Step {
    const { fleet, instanceType, isCluster = false } = args;
    return new LocalRunner().step(
      `${name}-ready`,
      {
        create: "ec2-host-ready.sh",
        delete: "known-hosts-remove.sh",
        environment: {
          HOST_NAME: args.name,
          ADDRESS: this.ssh.address,
          SSH_USER: this.ssh.user,
          INSTANCE: this.identity,
          IS_CLUSTER: isCluster ? "yes" : "no",
          KEY_FILE: this.ssh.keyFile,
          KNOWN_HOSTS_FILE: this.ssh.knownHostsFile,
        },
        // Either change starts the machine again.
        rerunOn: [fleet.startedAt, instanceType],
        identity: [this.identity, this.ssh.address],
        output: PUBLIC_KEY,
      },
      { parent: this, dependsOn, customTimeouts: { create: "30m", update: "30m" } },
    );
  }
}
