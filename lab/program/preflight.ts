import type { ConfigIssue } from "../../infra/core/errors";
import { kindNode, ownedName } from "../../infra/core/names";
import { describeOwner, ownerLabels, ownershipOf, type Labels, type Owner } from "../../infra/core/ownership";
import type { ToolchainManifest } from "../../infra/core/toolchain-manifest";
import { clusterOf, type Container } from "../../infra/core/workstation/docker-objects";
import { lowLimits, raiseLine, sysctlName } from "../../infra/core/workstation/inotify";
import { reachRemedy } from "../../infra/core/workstation/engine-place";
import { inotifyNeeds, needsOf } from "../../infra/core/workstation/needs";
import { hidesBridge, hidesNetwork } from "../../infra/core/workstation/routes";
import { HERE, type Surroundings } from "../../infra/core/workstation/surroundings";
import { inspectWorkstation, type Workstation } from "../../infra/core/workstation/workstation";
import type { LabConfig } from "../config/lab-config";
import { sizeOf, type LabRequirements } from "../config/requirements";
import { portIssues } from "./preflight-ports";

/**
 * Looks at this machine for the lab of one stack.
 * @param owner undefined if there is no state folder yet: then nothing here is the lab's
 */
export async function inspectFor(
  { ports, machines }: LabRequirements,
  owner: Owner | undefined,
  toolchain: Pick<ToolchainManifest, "images"> | undefined,
  surroundings: Surroundings = HERE,
): Promise<Workstation> {
  const image = toolchain?.images.vm;
  const request = {
    ports: ports.map(({ port }) => port),
    size: sizeOf(machines),
    owns: (labels: Labels) => isOurs(labels, owner),
    trial: image === undefined ? undefined : { image, labels: owner === undefined ? {} : ownerLabels(owner) },
  };
  return await inspectWorkstation(request, surroundings);
}

function isOurs(labels: Labels, owner: Owner | undefined): boolean {
  return owner !== undefined && ownershipOf(labels, owner) === "ours";
}

/**
 * What of the configuration this machine cannot carry.
 * @param stack exact short name
 * @param owner undefined if there is no state folder yet
 * @returns every problem: those of the machine first, then those of keys, in the order of the keys
 */
export function workstationIssues(
  config: LabConfig,
  requirements: LabRequirements,
  stack: string,
  owner: Owner | undefined,
  workstation: Workstation,
): ConfigIssue[] {
  return [
    ...engineIssues(workstation),
    ...roomIssues(config, requirements, workstation),
    ...inotifyIssues(requirements, workstation),
    ...nameIssues(requirements, stack, owner, workstation),
    ...portIssues(requirements, workstation),
    ...routeIssues(requirements, workstation),
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

function roomIssues(config: LabConfig, { machines }: LabRequirements, workstation: Workstation): ConfigIssue[] {
  const { availableMemory, engine, standing } = workstation;
  const needs = needsOf(sizeOf(machines), standing);
  const freeDisk = engine?.freeDisk ?? Infinity;
  const issues: ConfigIssue[] = [];
  if (availableMemory < needs.memory) {
    const problem = `${config.lab} needs ${gibibytes(needs.memory)} of memory and ${gibibytes(availableMemory)} are available; stop something large`;
    issues.push({ key: "lab", problem });
  }
  if (freeDisk < needs.disk) {
    const problem = `${config.lab} needs ${gibibytes(needs.disk)} of disk in ${engine?.folder ?? ""} and ${gibibytes(freeDisk)} are free; make room; docker system df --verbose shows what takes it`;
    issues.push({ key: "lab", problem });
  }
  return issues;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

function inotifyIssues({ machines }: LabRequirements, { inotify, others }: Workstation): ConfigIssue[] {
  const needs = inotifyNeeds(sizeOf(machines), others);
  const low = inotify === undefined ? [] : lowLimits(inotify, needs);
  if (inotify === undefined || low.length === 0) {
    return [];
  }
  const found = low.map((limit) => `${sysctlName(limit)} of ${needs[limit]} and has ${inotify[limit]}`).join(", ");
  return [{ key: "lab", problem: `this machine needs ${found}; run: ${raiseLine(low)}` }];
}

/**
 * Names of Docker's that the lab wants and another owner has, and containers that kind takes for nodes of the lab's clusters by their label; one
 * issue for each owner.
 */
function nameIssues(
  { machines: { clusters, hosts } }: LabRequirements,
  stack: string,
  owner: Owner | undefined,
  { containers, networks }: Workstation,
): ConfigIssue[] {
  const kindClusters = clusters.map((name) => ownedName(stack, name));
  const wanted = [...kindClusters.map(kindNode), ...hosts.map((name) => ownedName(stack, name))];
  const inCluster = (container: Container) =>
    kindClusters.find((name) => name === clusterOf(container) && !wanted.includes(container.name));
  const nodeNote = (cluster: string | undefined) =>
    cluster === undefined ? "" : ` with kind's label of cluster ${cluster}`;
  const taken = [
    ...containers
      .filter((container) => wanted.includes(container.name) || inCluster(container) !== undefined)
      .map((container) => ({ ...container, kind: "container", note: nodeNote(inCluster(container)) })),
    ...networks
      .filter(({ name }) => name === ownedName(stack, "network"))
      .map((object) => ({ ...object, kind: "network", note: "" })),
  ].filter(({ labels }) => !isOurs(labels, owner));
  const holders = [...new Set(taken.map(({ labels }) => describeOwner(labels)))];
  return holders.map((holder) => {
    const held = taken.filter(({ labels }) => describeOwner(labels) === holder);
    const names = held.map(({ kind, name, note }) => `${kind} ${name}${note}`).join(", ");
    const shared = held.some(({ note }) => note !== "") ? "names or labels" : "names";
    const problem = `the stack would have Docker's ${shared} of what belongs to ${holder} (${names}); choose another stack name, or remove that yourself`;
    return { key: "lab", problem };
  });
}

/** The lab's own bridge becomes a route of this machine; the networks of pods and services do not. */
function routeIssues({ networks, bridge }: LabRequirements, { routes }: Workstation): ConfigIssue[] {
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
