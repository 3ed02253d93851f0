import { addressAt } from "../addresses";
import { parseJson } from "../json";
import type { Surroundings } from "./surroundings";

/** Where the engine runs, and what its machine has. */
export interface EnginePlace {
  /** What the client talks to, e.g. `unix:///var/run/docker.sock`. */
  readonly endpoint: string;
  /** Host name of its machine, in its own words. */
  readonly name: string;
  /** In our own network: what it publishes on 127.0.0.1 is reached from here, and its kernel's limits are those that we see. */
  readonly isHere: boolean;
  /** It is looked at from a container. */
  readonly fromContainer: boolean;
  /** Bytes of memory of its machine. */
  readonly memory: number;
  /** Bytes free where it keeps images and containers; undefined if that is no folder of this machine. */
  readonly freeDisk: number | undefined;
  /** Its folder, e.g. `/var/lib/docker`. */
  readonly folder: string;
}

/** What `docker info --format '{{json .}}'` says. */
export interface DockerInfo {
  readonly Name?: string;
  readonly MemTotal?: number;
  readonly DockerRootDir?: string;
  readonly ServerVersion?: string;
  readonly DefaultRuntime?: string;
  readonly CgroupVersion?: string;
  readonly Architecture?: string;
  readonly ServerErrors?: readonly string[];
}

/**
 * Finds out where the engine runs. A socket alone tells little: it may be the one of a host that was mounted into the container in which we
 * run, or lead into the virtual machine of Docker Desktop. The gateway of Docker's own bridge is an address of the engine's machine: if it is
 * one of ours too, that machine is this one.
 */
export async function findEngine(surroundings: Surroundings): Promise<EnginePlace> {
  const { ask, hostName, isContainer, freeDisk, bindProblem } = surroundings;
  const [context, information, bridge] = await Promise.all([
    ask("docker", ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]),
    ask("docker", ["info", "--format", "{{json .}}"]),
    ask("docker", [
      "network",
      "inspect",
      "--format",
      "{{range .IPAM.Config}}{{.Gateway}} {{.Subnet}}\n{{end}}",
      "bridge",
    ]),
  ]);
  const info = Object(parseJson(information.stdout)) as DockerInfo;
  const endpoint = context.stdout.trim();
  const gateway = gatewayOf(bridge.stdout);
  // Two engines, one here and one elsewhere, use the same addresses: name and socket have to fit as well.
  const isHere =
    endpoint.startsWith("unix:") &&
    info.Name === hostName &&
    gateway !== undefined &&
    (await bindProblem(gateway, 0)) === undefined;
  const folder = info.DockerRootDir ?? "";
  return {
    endpoint,
    name: info.Name ?? "",
    isHere,
    fromContainer: isContainer,
    memory: info.MemTotal ?? 0,
    freeDisk: isHere && folder !== "" ? freeDisk(folder) : undefined,
    folder,
  };
}

/** What to do so that ports are reached that the engine publishes on 127.0.0.1. */
export function reachRemedy({ fromContainer }: Pick<EnginePlace, "fromContainer">): string {
  return fromContainer
    ? 'this is a container with a network of its own: start it with --network host (devcontainer.json: "runArgs": ["--network=host"]), or run istio-lab on the engine\'s machine'
    : "run istio-lab on the engine's machine";
}

/** Some engines name no gateway for their own bridge: then it is the first address. */
function gatewayOf(text: string): string | undefined {
  return text
    .split("\n")
    .map((line) => /^(\d+(?:\.\d+){3})?\s*(\d+(?:\.\d+){3}\/\d+)/.exec(line))
    .map((match) => match?.[1] ?? (match?.[2] === undefined ? undefined : addressAt(match[2], 1)))
    .find((address) => address !== undefined);
}
