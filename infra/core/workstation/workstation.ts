import { STACK_LABEL } from "../ownership";
import { isNode, listContainers, listNetworks, type Container, type Labels, type Network } from "./docker-objects";
import { findEngine, type EnginePlace } from "./engine-place";
import { readInotifyLimits, type InotifyLimits } from "./inotify";
import { availableMemory, memoryOfContainer } from "./memory";
import type { LabSize } from "./needs";
import { takenPorts, type TakenPort } from "./ports";
import { publishedPortProblem, type Trial } from "./published-ports";
import { readRoutes, type Route } from "./routes";
import { HERE, type Surroundings } from "./surroundings";

/** What is to be looked at. */
export interface WorkstationRequest {
  /** Ports of 127.0.0.1 that the lab wants. */
  readonly ports: readonly number[];
  readonly size: LabSize;
  /** Tells from labels what belongs to the lab itself. */
  readonly owns: (labels: Labels) => boolean;
  /** For an engine that is not here; undefined if nothing may be started. */
  readonly trial: Trial | undefined;
}

/** What a machine is like on which a lab is to run. */
export interface Workstation {
  /** What the client says of an engine that does not answer; undefined if it answers. */
  readonly engineProblem?: string;
  /** Where the engine is; undefined if it does not answer, or if the lab is built already and there was no need to ask. */
  readonly engine?: EnginePlace;
  /** Containers and networks of the engine, whoever owns them. */
  readonly containers: readonly Container[];
  readonly networks: readonly Network[];
  /** What of the lab runs already. */
  readonly standing: LabSize;
  /** Nodes and hosts of other labs that run. */
  readonly others: LabSize;
  /** Those of the wanted ports that cannot be used, without those that the lab itself has. */
  readonly takenPorts: readonly TakenPort[];
  /** Routes of this machine without default ones and those to the lab's own networks. */
  readonly routes: readonly Route[];
  /** Bytes that new containers can use. */
  readonly availableMemory: number;
  /** Of the engine's kernel; undefined if that is another machine's, or the lab is built already. */
  readonly inotify?: InotifyLimits;
  /** Why a published port is not reached from here; undefined if it is, or if it was not tried. */
  readonly publishedPortProblem?: string;
}

/** Looks at this machine and at its engine. Changes nothing; a container that tries a published port is gone again afterwards. */
export async function inspectWorkstation(
  request: WorkstationRequest,
  surroundings: Surroundings = HERE,
): Promise<Workstation> {
  const [found, networks, routes] = await Promise.all([
    listContainers(surroundings),
    listNetworks(surroundings),
    readRoutes(surroundings),
  ]);
  const containers = typeof found === "string" ? [] : found;
  const [own, others] = [true, false].map((owned) =>
    sizeOf(containers.filter(({ isRunning, labels }) => isRunning && request.owns(labels) === owned)),
  ) as [LabSize, LabSize];
  const isComplete = own.nodes >= request.size.nodes && own.hosts >= request.size.hosts;
  const [taken, engine] = await Promise.all([
    takenPorts(request.ports, containers, surroundings),
    typeof found === "string" || isComplete ? undefined : engineFacts(request, surroundings),
  ]);
  const ownDevices = networks.filter(({ labels }) => request.owns(labels)).map(({ device }) => device);
  return {
    ...(typeof found === "string" ? { engineProblem: found } : {}),
    availableMemory: availableMemory(surroundings),
    ...engine,
    containers,
    networks,
    standing: own,
    others,
    takenPorts: taken.filter(({ labels }) => labels === undefined || !request.owns(labels)),
    routes: routes.filter(({ device }) => !ownDevices.includes(device)),
  };
}

type EngineFacts = Partial<Pick<Workstation, "engine" | "inotify" | "publishedPortProblem" | "availableMemory">>;

/** What decides whether new containers can run. */
async function engineFacts({ trial }: WorkstationRequest, surroundings: Surroundings): Promise<EngineFacts> {
  const engine = await findEngine(surroundings);
  if (!engine.isHere) {
    const problem = trial === undefined ? undefined : await publishedPortProblem(trial, surroundings);
    // How much of its memory is free an engine does not say.
    return {
      engine,
      availableMemory: engine.memory,
      ...(problem === undefined ? {} : { publishedPortProblem: problem }),
    };
  }
  const inotify = readInotifyLimits(surroundings);
  // An engine whose folder is not ours runs beside the container in which we are, and takes nothing of its memory.
  const limit = engine.freeDisk === undefined ? Infinity : memoryOfContainer(surroundings);
  return {
    engine,
    availableMemory: Math.min(availableMemory(surroundings), limit),
    ...(inotify === undefined ? {} : { inotify }),
  };
}

/** Nodes of any kind cluster count, hosts only those of a lab: what else runs is not known to take much. */
function sizeOf(containers: readonly Container[]): LabSize {
  const nodes = containers.filter(isNode).length;
  const hosts = containers.filter((container) => !isNode(container) && container.labels[STACK_LABEL] !== undefined);
  return { nodes, hosts: hosts.length };
}
