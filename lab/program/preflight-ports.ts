import type { ConfigIssue } from "../../infra/core/errors";
import type { Workstation } from "../../infra/core/workstation/workstation";
import type { LabRequirements } from "../config/requirements";

/** The first ephemeral port of Linux, which outgoing connections use: ports of a lab should be below it. */
const FIRST_EPHEMERAL_PORT = 32768;

/** Half of what lies between the ports of two labs, so that the port that is proposed is no other lab's. */
const STEP = 500;

/** Ports that a lab wants and cannot have. One issue for each key and holder: a lab that exists has eight ports in a row. */
export function portIssues(
  { ports }: Pick<LabRequirements, "ports">,
  { takenPorts }: Pick<Workstation, "takenPorts">,
): ConfigIssue[] {
  const holders = new Map(takenPorts.map(({ port, holder }) => [port, holder]));
  const taken = ports.flatMap(({ port, key }) => {
    const holder = holders.get(port);
    return holder === undefined ? [] : [{ port, key, holder }];
  });
  const pairs = new Map(taken.map(({ key, holder }) => [`${key} ${holder}`, { key, holder }]));
  return [...pairs.values()].map(({ key, holder }) => {
    const group = taken.filter((one) => one.key === key && one.holder === holder);
    const wanted = ports.filter((one) => one.key === key).map(({ port }) => port);
    const other = Math.min(...wanted) + (Math.max(...wanted) + STEP < FIRST_EPHEMERAL_PORT ? STEP : -STEP);
    const list = portList(group.map(({ port }) => port));
    const are = group.length === 1 ? `port ${list} is` : `ports ${list} are`;
    const problem = `${are} taken by ${holder}; free it or set ${key} to another, e.g. ${other}`;
    return { key, problem };
  });
}

/** Ports for people: `30000 to 30007, 30022`. */
function portList(ports: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const port of ports) {
    const last = runs.at(-1);
    if (last?.[1] === port - 1) {
      last[1] = port;
    } else {
      runs.push([port, port]);
    }
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`)).join(", ");
}
