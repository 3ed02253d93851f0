import type { ConfigIssue } from "../infra/core/errors";
import { STACK_LABEL } from "../infra/core/names";
import type { ToolchainManifest } from "../infra/core/toolchain-manifest";
import { lowLimits, raiseLine, sysctlName } from "../infra/core/workstation/inotify";
import { reachRemedy } from "../infra/core/workstation/engine-place";
import { inotifyNeeds, needsOf } from "../infra/core/workstation/needs";
import { hidesBridge, hidesNetwork } from "../infra/core/workstation/routes";
import { HERE, type Surroundings } from "../infra/core/workstation/surroundings";
import { inspectWorkstation, type Workstation } from "../infra/core/workstation/workstation";
import type { LabConfig } from "./config";
import { LAST_PORT } from "./config-rules";
import { demandsOf, type LabDemands } from "./demands";

/** Looks at this machine for the lab of one stack. */
export async function inspectFor(
  config: LabConfig,
  stack: string,
  toolchain: Pick<ToolchainManifest, "images"> | undefined,
  surroundings: Surroundings = HERE,
): Promise<Workstation> {
  const { ports, size } = demandsOf(config);
  const image = toolchain?.images.vm;
  const request = {
    ports: ports.map(({ port }) => port),
    size,
    owns: (labels: Readonly<Record<string, string>>) => labels[STACK_LABEL] === stack,
    trial: image === undefined ? undefined : { image, labels: { [STACK_LABEL]: stack } },
  };
  return await inspectWorkstation(request, surroundings);
}

/**
 * What of the configuration this machine cannot carry.
 * @returns every problem: those of the machine first, then those of keys, in the order of the keys
 */
export function workstationIssues(config: LabConfig, workstation: Workstation): ConfigIssue[] {
  const demands = demandsOf(config);
  return [
    ...engineIssues(workstation),
    ...roomIssues(config, demands, workstation),
    ...inotifyIssues(demands, workstation),
    ...portIssues(demands, workstation),
    ...routeIssues(demands, workstation),
  ];
}

function engineIssues({ engineProblem, engine, publishedPortProblem }: Workstation): ConfigIssue[] {
  if (engineProblem !== undefined) {
    const problem = `local needs a Docker engine, and none answers (${engineProblem}); run: npm run lab -- doctor`;
    return [{ key: "platform", problem }];
  }
  if (engine === undefined || publishedPortProblem === undefined) {
    return [];
  }
  const problem = `local needs the ports that Docker publishes on 127.0.0.1, and those of the engine "${engine.name}" (${engine.endpoint}) cannot be reached from here (${publishedPortProblem}); ${reachRemedy(engine)}`;
  return [{ key: "platform", problem }];
}

function roomIssues(config: LabConfig, { size }: LabDemands, workstation: Workstation): ConfigIssue[] {
  const { availableMemory, engine, standing } = workstation;
  const needs = needsOf(size, standing);
  const freeDisk = engine?.freeDisk ?? Infinity;
  const issues: ConfigIssue[] = [];
  if (availableMemory < needs.memory) {
    const problem = `${config.lab} needs ${gibibytes(needs.memory)} of memory and ${gibibytes(availableMemory)} are available; stop something large`;
    issues.push({ key: "lab", problem });
  }
  if (freeDisk < needs.disk) {
    const problem = `${config.lab} needs ${gibibytes(needs.disk)} of disk in ${engine?.folder ?? ""} and ${gibibytes(freeDisk)} are free; make room, e.g. docker system prune`;
    issues.push({ key: "lab", problem });
  }
  return issues;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

function inotifyIssues({ size }: LabDemands, { inotify, others }: Workstation): ConfigIssue[] {
  const needs = inotifyNeeds(size, others);
  const low = inotify === undefined ? [] : lowLimits(inotify, needs);
  if (inotify === undefined || low.length === 0) {
    return [];
  }
  const found = low.map((limit) => `${sysctlName(limit)} of ${needs[limit]} and has ${inotify[limit]}`).join(", ");
  return [{ key: "lab", problem: `this machine needs ${found}; run: ${raiseLine(low)}` }];
}

function portIssues({ ports }: LabDemands, { takenPorts }: Workstation): ConfigIssue[] {
  const holders = new Map(takenPorts.map(({ port, holder }) => [port, holder]));
  return ports.flatMap(({ port, key }) => {
    const holder = holders.get(port);
    const other = port + (port + 1000 > LAST_PORT ? -1000 : 1000);
    return holder === undefined
      ? []
      : [{ key, problem: `port ${port} is taken by ${holder}; stop it or set ${key} to another, e.g. ${other}` }];
  });
}

/** The lab's own bridge becomes a route of this machine; the networks of pods and services do not. */
function routeIssues({ networks, bridge }: LabDemands, { routes }: Workstation): ConfigIssue[] {
  const wanted = [
    ...networks.map((network) => ({ ...network, isHidden: hidesNetwork })),
    ...(bridge === undefined ? [] : [{ ...bridge, isHidden: hidesBridge }]),
  ];
  return wanted.flatMap(({ key, cidr, isHidden }) =>
    routes
      .filter((route) => isHidden(cidr, route))
      .map((route) => {
        const way = route.isDeadEnd ? ", a dead end" : route.device === "" ? "" : ` by ${route.device}`;
        const problem = `${cidr} overlaps this host's route to ${route.cidr}${way}; choose a network that is free here`;
        return { key, problem };
      }),
  );
}
