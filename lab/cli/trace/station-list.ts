import { nodeContainer } from "../../../infra/core/names";
import { sshLine } from "../../../infra/core/ssh-line";
import type { AccessCluster, AccessHost, LabOutputs } from "../../program/outputs";
import { labCommand, type CommandTarget } from "../stack/lab-command";
import type { PodObject } from "./cluster-objects";
import type { Machine, Station } from "./station";

/** Where the package of Istio for VMs writes Envoy's access log. */
const VM_LOG = "/var/log/istio/istio.log";

/** The stations of a trace, each one once. */
export class StationList {
  private readonly stations = new Map<string, Station>();

  /** @param target the stack, for the commands that are named */
  public constructor(
    private readonly outputs: LabOutputs,
    private readonly target: CommandTarget,
  ) {}

  public get all(): readonly Station[] {
    return [...this.stations.values()];
  }

  /** The node of a cluster; it is there once the cluster is. */
  public node(cluster: AccessCluster): Station {
    return this.once(`node ${cluster.name}`, {
      kind: "node",
      machine: this.nodeMachine(cluster),
      key: "-",
      logs: "-",
      addresses: [],
    });
  }

  public pod(cluster: AccessCluster, { metadata, status }: PodObject): Station {
    const { namespace, name, uid } = metadata;
    const place = this.outputs.clusters.length > 1 ? ` in ${cluster.name}` : "";
    return this.once(`pod ${namespace}/${name}${place}`, {
      kind: "pod",
      machine: this.nodeMachine(cluster),
      key: uid,
      logs: `/var/log/pods/${namespace}_${name}_${uid}`,
      addresses: [status.podIP ?? ""],
    });
  }

  public host(host: AccessHost): Station {
    const { name, address, workloadEntry } = host;
    const logs = workloadEntry === undefined ? "-" : VM_LOG;
    return this.once(name, {
      kind: "host",
      machine: hostMachine(host, this.target),
      key: "-",
      logs,
      addresses: [address],
    });
  }

  /** A node of kind is a container, one of k3s a machine with a login of its own: `exec` with its name speaks of the cluster. */
  private nodeMachine(cluster: AccessCluster): Machine {
    const host = this.outputs.hosts.find(({ name }) => name === cluster.name);
    return host === undefined
      ? containerMachine(cluster)
      : { ...hostMachine(host, this.target), prefix: `${sshLine(host.login)} sudo` };
  }

  private once(label: string, facts: Omit<Station, "id" | "label">): Station {
    const station = this.stations.get(label) ?? { id: `s${this.stations.size + 1}`, label, ...facts };
    this.stations.set(label, station);
    return station;
  }
}

function hostMachine(host: AccessHost, target: CommandTarget): Machine {
  // Nobody is asked for anything. The words are those of a line for a shell, so a shell reads them.
  const line = sshLine(host.login, ["-o", "BatchMode=yes", "-o", "ConnectTimeout=5"]);
  const shell = ["bash", "-c", `exec ${line} sudo bash --norc -c "$0"`];
  return { name: host.name, shell, quoted: true, prefix: labCommand("exec", target, [host.name, "sudo"]) };
}

function containerMachine(cluster: AccessCluster): Machine {
  const container = nodeContainer(cluster);
  const shell = ["docker", "exec", "--interactive", container, "bash", "-c"];
  return { name: cluster.name, shell, quoted: false, prefix: `docker exec ${container}` };
}
