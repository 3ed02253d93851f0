import { describeOwner, STACK_LABEL } from "../ownership";
import type { Container, Labels } from "./docker-objects";
import type { Surroundings } from "./surroundings";

/** A port of 127.0.0.1 that cannot be had. */
export interface TakenPort {
  readonly port: number;
  /** Who has it, e.g. `container web`, `process nginx`. */
  readonly holder: string;
  /** The labels of the container that has it; undefined if no container has it. */
  readonly labels?: Labels;
}

/**
 * Tells which ports of 127.0.0.1 cannot be had, by really binding each one: what `ss` and `lsof` do not show, such as a listener in another
 * container that shares this network, counts too. A port that a container publishes counts even if it can be bound here: the engine may be
 * elsewhere.
 */
export async function takenPorts(
  ports: readonly number[],
  containers: readonly Container[],
  surroundings: Surroundings,
): Promise<readonly TakenPort[]> {
  const publishers = new Map(
    containers.flatMap((container) => container.ports.map((port) => [port, container] as const)),
  );
  const problems = await Promise.all(
    ports.map(async (port) => (publishers.has(port) ? undefined : await surroundings.bindProblem("127.0.0.1", port))),
  );
  const processes = problems.includes("EADDRINUSE") ? await listeners(surroundings) : new Map<number, string>();
  return ports.flatMap((port, index): TakenPort[] => {
    const publisher = publishers.get(port);
    if (publisher !== undefined) {
      const { name, labels } = publisher;
      const owner = labels[STACK_LABEL] === undefined ? "" : ` of ${describeOwner(labels)}`;
      return [{ port, holder: `container ${name}${owner}`, labels }];
    }
    const problem = problems[index];
    const process = `process ${processes.get(port) ?? "of another user"}`;
    const holder = problem === "EADDRINUSE" ? process : `the system, which says ${problem ?? ""}`;
    return problem === undefined ? [] : [{ port, holder }];
  });
}

/** Names of processes by the ports on which they listen: by `ss` on Linux, by `lsof` elsewhere, as far as the user may see them. */
async function listeners({ platform, ask }: Surroundings): Promise<ReadonlyMap<number, string>> {
  const isLinux = platform === "linux";
  const { stdout } = await (isLinux ? ask("ss", ["-Hltnp"]) : ask("lsof", ["-nP", "-iTCP", "-sTCP:LISTEN"]));
  const line = isLinux
    ? /^\S+\s+\S+\s+\S+\s+\S*:(?<port>\d+)\s.*users:\(\("(?<name>[^"]+)"/
    : /^(?<name>\S+)\s.*:(?<port>\d+) \(LISTEN\)$/;
  return new Map(
    stdout.split("\n").flatMap((text) => {
      const { port = "", name = "" } = line.exec(text)?.groups ?? {};
      return port === "" ? [] : [[Number(port), name] as const];
    }),
  );
}
