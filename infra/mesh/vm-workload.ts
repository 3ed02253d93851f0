import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/cluster";
import { SPAN_COLLECTOR } from "../core/istio-operator";
import { workloadEntryName } from "../core/names";
import { LocalRunner, type Step } from "../exec/runner";
import { ARCHIVE } from "../exec/step-output";
import type { Host } from "../host/host";

/** The WorkloadGroup that VMs join. */
export interface WorkloadGroup {
  readonly name: string;
  readonly namespace: string;
  /** The VMs' network, e.g. `vm-network`. */
  readonly network: string;
}

/** The program that a VM serves. */
export interface VmService {
  /** The last part of its resource's name, and the name of its file on the VM. */
  readonly name: string;
  /** Path of the program on this machine. */
  readonly binary: string;
  /** The script that starts it as a service: finds the program in `$BINARY`. */
  readonly start: { readonly script: string; readonly folder: string };
}

/** What decides a VM's place in the mesh. */
export interface VmWorkloadArgs {
  readonly host: Host;
  readonly cluster: Cluster;
  readonly group: WorkloadGroup;
  /** Istio's name of the cluster, e.g. `west-cluster`. */
  readonly clusterId: string;
  /** IPv4 address of the east-west gateway. */
  readonly eastWestAddress: pulumi.Input<string>;
  /** Where the VM reaches the mesh's collector of spans, `address:port`. Default: it sends none. */
  readonly spanCollector?: pulumi.Input<string>;
  /** Path of the sidecar's Debian package on this machine, and a digest or version of it. */
  readonly sidecarPackage: { readonly file: string; readonly id: string };
  readonly service: VmService;
  /** Settings for sidecar.env, e.g. `SECRET_TTL`; see the study notes, 13.5. Default none. */
  readonly sidecarSettings?: Readonly<Record<string, string>>;
  /** With another text the VM gets a fresh token, e.g. the time at which its machine was started again. Default none. */
  readonly renewal?: string;
  /** What must be ready before the VM can ask the cluster for its configuration: control plane and WorkloadGroup. */
  readonly afterControlPlane: readonly pulumi.Resource[];
  /** What must be ready before the VM can reach istiod: the east-west gateway and its routes. */
  readonly afterGateway: readonly pulumi.Resource[];
}

/**
 * A VM that has joined the mesh and serves a program. What needs no cluster goes first, beside the cluster's creation.
 * Children: `<name>-package`, `<name>-sidecar`, `<name>-binary`, `<name>-<service>`, `<name>-configuration`, `<name>-join`, `<name>-member`.
 */
export class VmWorkload extends pulumi.ComponentResource {
  /** Name of the WorkloadEntry; resolves once it is healthy. */
  public readonly workloadEntry: pulumi.Output<string>;

  public constructor(name: string, args: VmWorkloadArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:mesh:VmWorkload", name, {}, options);
    const sidecar = this.installSidecar(name, args);
    const service = this.startService(name, args);
    const configuration = this.makeConfiguration(name, args);
    const join = this.join(name, args, configuration, [sidecar, ...args.afterGateway]);
    this.workloadEntry = this.ensureMember(name, args, [join, service]);
    this.registerOutputs({ workloadEntry: this.workloadEntry });
  }

  private installSidecar(name: string, { host, sidecarPackage }: VmWorkloadArgs): Step {
    const onHost = { parent: this, deletedWith: host.anchor };
    const remotePath = `${host.home}/istio-sidecar.deb`;
    const copied = host.runner.copy(`${name}-package`, sidecarPackage.file, remotePath, onHost);
    return host.runner.step(
      `${name}-sidecar`,
      {
        create: "vm-sidecar-install.sh",
        environment: { PACKAGE: remotePath },
        rerunOn: [sidecarPackage.id],
        identity: [],
      },
      { ...onHost, dependsOn: [copied] },
    );
  }

  private startService(name: string, { host, service }: VmWorkloadArgs): Step {
    const onHost = { parent: this, deletedWith: host.anchor };
    const remotePath = `${host.home}/${service.name}`;
    const { script: create, folder } = service.start;
    const copied = host.runner.copy(`${name}-binary`, service.binary, remotePath, onHost);
    return host.runner.step(
      `${name}-${service.name}`,
      { create, folder, environment: { BINARY: remotePath }, identity: [] },
      { ...onHost, dependsOn: [copied] },
    );
  }

  private makeConfiguration(name: string, args: VmWorkloadArgs): Step {
    return new LocalRunner().step(
      `${name}-configuration`,
      {
        create: "vm-configuration.sh",
        environment: {
          KUBECONFIG: args.cluster.kubeconfigFile,
          GROUP: args.group.name,
          NAMESPACE: args.group.namespace,
          CLUSTER_ID: args.clusterId,
          INGRESS_ADDRESS: args.eastWestAddress,
          VM_ADDRESS: args.host.address,
          ...(args.spanCollector === undefined ? {} : { SPAN_COLLECTOR, REACHED_COLLECTOR: args.spanCollector }),
        },
        rerunOn: args.renewal ? [args.renewal] : [],
        identity: [args.cluster.identity, args.host.identity],
        output: ARCHIVE,
      },
      { parent: this, deletedWith: args.cluster.anchor, dependsOn: [...args.afterControlPlane] },
    );
  }

  private join(name: string, args: VmWorkloadArgs, configuration: Step, after: readonly pulumi.Resource[]): Step {
    const settings = Object.entries(args.sidecarSettings ?? {}).map(([key, value]) => `${key}="${value}"`);
    return args.host.runner.step(
      `${name}-join`,
      {
        create: "vm-join.sh",
        environment: { HOST_IDENTITY: args.host.identity, SIDECAR_SETTINGS: settings.join("\n") },
        stdin: pulumi.secret(configuration.stdout),
        identity: [configuration.id],
      },
      { parent: this, deletedWith: args.host.anchor, dependsOn: [...after] },
    );
  }

  private ensureMember(name: string, args: VmWorkloadArgs, after: readonly pulumi.Resource[]): pulumi.Output<string> {
    const { host, cluster, group } = args;
    const entry = host.address.apply((address) => workloadEntryName(group.name, address, group.network));
    const member = new LocalRunner().step(
      `${name}-member`,
      {
        create: "vm-member-ensure.sh",
        delete: "vm-member-remove.sh",
        environment: {
          KUBECONFIG: cluster.kubeconfigFile,
          NAMESPACE: group.namespace,
          WORKLOAD_ENTRY: entry,
          HOST_IDENTITY: host.identity,
          SSH_USER: host.ssh.user,
          SSH_ADDRESS: host.ssh.address,
          SSH_PORT: String(host.ssh.port),
          KEY_FILE: host.ssh.keyFile,
          KNOWN_HOSTS_FILE: host.ssh.knownHostsFile,
        },
        identity: [cluster.identity, host.identity],
      },
      // With the cluster goes the mesh: only a VM that leaves a mesh that stays has to say good-bye.
      { parent: this, deletedWith: cluster.anchor, dependsOn: [...after] },
    );
    return pulumi.all([entry, member.id]).apply(([workloadEntry]) => workloadEntry);
  }
}
