import { overlaps, parseCidr } from "../infra/core/addresses";
import type { ConfigIssue } from "../infra/core/errors";
import { ownedName } from "../infra/core/names";
import { inspectWorkstation, type Workstation } from "../infra/exec/workstation";
import type { LabConfig } from "./config";
import { demandsOf, type LabDemands } from "./demands";

/**
 * What of the configuration this machine cannot carry.
 * @param stack the stack's name: what its own lab holds already is no obstacle
 * @returns every problem, in the order of the keys
 */
export function workstationIssues(config: LabConfig, stack: string, workstation: Workstation): ConfigIssue[] {
  const demands = demandsOf(config);
  const standing = workstation.listening.some((port) => port.stack === stack);
  const issues: ConfigIssue[] = [];
  if (workstation.engineProblem !== undefined) {
    issues.push({
      key: "platform",
      problem: `local needs a Docker engine, and none answers (${workstation.engineProblem}); run: npm run lab -- doctor`,
    });
  }
  if (!standing && workstation.availableMemory < demands.memory) {
    const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
    issues.push({
      key: "lab",
      problem: `${config.lab} needs ${gibibytes(demands.memory)} of memory and ${gibibytes(workstation.availableMemory)} are available; stop something large`,
    });
  }
  return [...issues, ...portIssues(demands, stack, workstation), ...routeIssues(demands, standing, workstation)];
}

/** Looks at this machine for one stack. */
export function inspectFor(stack: string): Workstation {
  const prefix = ownedName(stack, "");
  return inspectWorkstation((name, label) => (label === stack || name.startsWith(prefix) ? stack : undefined));
}

function portIssues({ ports }: LabDemands, stack: string, { listening }: Workstation): ConfigIssue[] {
  const holders = new Map(listening.filter((port) => port.stack !== stack).map((port) => [port.port, port.holder]));
  return ports.flatMap(({ port, key }) => {
    const holder = holders.get(port);
    return holder === undefined
      ? []
      : [{ key, problem: `port ${port} is taken by ${holder}; stop it or set ${key} to another, e.g. ${port + 1000}` }];
  });
}

/** The lab's own bridge is a route of this host too once the lab stands. */
function routeIssues({ networks, bridge }: LabDemands, standing: boolean, { routes }: Workstation): ConfigIssue[] {
  const wanted = bridge === undefined || standing ? networks : [...networks, bridge];
  return wanted.flatMap(({ key, cidr }) =>
    routes
      .filter((route) => overlaps(parseCidr(cidr), parseCidr(route.cidr)))
      .map((route) => ({
        key,
        problem: `${cidr} overlaps this host's route to ${route.cidr} by ${route.device}; choose a network that is free here`,
      })),
  );
}
