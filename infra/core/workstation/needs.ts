import type { InotifyLimits } from "./inotify";

/** How many machines a lab is made of. */
export interface LabSize {
  /** Kubernetes nodes. */
  readonly nodes: number;
  /** VMs and client hosts. */
  readonly hosts: number;
}

/** What the containers of a lab take of the engine's machine. */
export interface Needs {
  /** Bytes. */
  readonly memory: number;
  /** Bytes where the engine keeps its containers. */
  readonly disk: number;
}

const GIBIBYTE = 2 ** 30;

/**
 * Memory. At their peak, during `up` and `verify`, labs with one cluster were seen to take 1.1 and 1.2 GiB, two clusters 2.0 GiB, a node
 * with Istio about 0.8 GiB more, a VM 0.2 GiB (2026-11-25); these leave room for exercises.
 */
const MEMORY = { lab: 0.75 * GIBIBYTE, node: GIBIBYTE, host: 0.25 * GIBIBYTE } as const;

const DISK = { node: 2 * GIBIBYTE, host: 0.25 * GIBIBYTE } as const;

const INOTIFY = {
  machine: { instances: 32, watches: 2048 },
  node: { instances: 26, watches: 1024 },
  host: { instances: 8, watches: 64 },
} as const;

/**
 * What a lab still takes. All that holds a limit against a lab reads it here: the preflight of `up`, and the doctor.
 * @param size the whole lab
 * @param standing what of it runs already. Default nothing
 */
export function needsOf(size: LabSize, standing: LabSize = { nodes: 0, hosts: 0 }): Needs {
  const nodes = Math.max(0, size.nodes - standing.nodes);
  const hosts = Math.max(0, size.hosts - standing.hosts);
  const base = standing.nodes + standing.hosts > 0 ? 0 : MEMORY.lab;
  return {
    memory: nodes + hosts === 0 ? 0 : base + nodes * MEMORY.node + hosts * MEMORY.host,
    disk: nodes * DISK.node + hosts * DISK.host,
  };
}

/**
 * The limits that hold a lab beside everything else that runs.
 * @param size the whole lab
 * @param others nodes and hosts of the engine that are not this lab's
 */
export function inotifyNeeds(size: LabSize, others: LabSize): InotifyLimits {
  const total = (limit: keyof InotifyLimits) =>
    INOTIFY.machine[limit] +
    (size.nodes + others.nodes) * INOTIFY.node[limit] +
    (size.hosts + others.hosts) * INOTIFY.host[limit];
  return { instances: total("instances"), watches: total("watches") };
}
