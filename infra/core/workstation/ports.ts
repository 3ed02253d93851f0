import { describeOwner, STACK_LABEL } from "../ownership";
import type { Container, Labels } from "./docker-objects";
import type { Surroundings } from "./surroundings";

/** A port of 127.0.0.1 that cannot be used. */
export interface TakenPort {
  readonly port: number;
  /** Who has it, e.g. `container web`, `process nginx`. */
  readonly holder: string;
  /** The labels of the container that has it; undefined if no container has it. */
  readonly labels?: Labels;
}

const ANOTHER_USER = "a process of another user";
const CONNECTION = "an outgoing connection, for which the system uses ephemeral ports like this one";

/**
 * Tells which ports of 127.0.0.1 cannot be used, by really binding each one: what `ss` and `lsof` do not show, such as a listener in another
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
  const users = problems.includes("EADDRINUSE") ? await portUsers(surroundings) : new Map<number, string>();
  return ports.flatMap((port, index): TakenPort[] => {
    const publisher = publishers.get(port);
    if (publisher !== undefined) {
      const { name, labels } = publisher;
      const owner = labels[STACK_LABEL] === undefined ? "" : ` of ${describeOwner(labels)}`;
      return [{ port, holder: `container ${name}${owner}`, labels }];
    }
    const problem = problems[index];
    const holder =
      problem === "EADDRINUSE" ? (users.get(port) ?? ANOTHER_USER) : `the system, which says ${problem ?? ""}`;
    return problem === undefined ? [] : [{ port, holder }];
  });
}

/**
 * Who uses which local port: by `ss` on Linux, by `lsof` elsewhere, as far as the user may see it. A connection counts, too: Linux lends
 * ports from 32768 on to outgoing ones, and nobody can listen on such a port until a minute after the connection's end.
 */
async function portUsers({ platform, ask }: Surroundings): Promise<ReadonlyMap<number, string>> {
  const isLinux = platform === "linux";
  const { stdout } = await (isLinux ? ask("ss", ["-Htanp"]) : ask("lsof", ["-nP", "-iTCP"]));
  const line = isLinux
    ? /^(?<state>\S+)\s+\S+\s+\S+\s+\S*:(?<port>\d+)\s(?:.*users:\(\("(?<name>[^"]+)")?/
    : /^(?<name>\S+)\s.*?:(?<port>\d+)(?:->\S+)? \((?<state>\w+)\)$/;
  const users = stdout.split("\n").flatMap((text) => {
    const { port = "", name, state = "" } = line.exec(text)?.groups ?? {};
    const process = name === undefined ? ANOTHER_USER : `process ${name}`;
    const isListener = state.startsWith("LISTEN");
    return port === "" ? [] : [{ port: Number(port), isListener, user: isListener ? process : CONNECTION }];
  });
  const listenersLast = users.toSorted((one, other) => Number(one.isListener) - Number(other.isListener));
  return new Map(listenersLast.map(({ port, user }) => [port, user]));
}
