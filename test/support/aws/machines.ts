/** What a machine is made of: everything that an instance's launch or start decides. */
export interface MachineSpec {
  readonly instanceId: string;
  /** What the account's AMI entry names: a Docker image. */
  readonly image: string;
  readonly subnetId: string;
  readonly subnetCidr: string;
  readonly privateIp: string;
  /** Address of loopback on which the ports answer: the instance's public address; undefined without one. */
  readonly publicIp?: string;
  /** TCP ports that its security groups let in from outside the VPC, ranges as single ports, ascending. */
  readonly openPorts: readonly number[];
  readonly userData: string;
  /** Of the key pair, one line. */
  readonly publicKey?: string;
  readonly instanceType: string;
  readonly region: string;
  readonly availabilityZone: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Whether the metadata service shows the tags. */
  readonly metadataTags: boolean;
}

/** What runs the account's instances. Every operation may be repeated: a killed plugin leaves them half done. */
export interface Machines {
  /** Begins to boot; returns as EC2 does, once the machine is "running", long before SSH answers. */
  launch(spec: MachineSpec): Promise<void>;
  stop(instanceId: string): Promise<void>;
  /** @param spec as at launch, with what has changed since: the public address, the type, the user data */
  start(spec: MachineSpec): Promise<void>;
  terminate(instanceId: string): Promise<void>;
  setTags(instanceId: string, tags: Readonly<Record<string, string>>): Promise<void>;
  /** A machine can have powered itself off. */
  state(instanceId: string): Promise<"running" | "stopped" | "gone">;
  /** A subnet is a network of its own. */
  createSubnet(subnetId: string, cidr: string): Promise<void>;
  removeSubnet(subnetId: string): Promise<void>;
}
