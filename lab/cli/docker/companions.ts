import { dockerLines, inspectContainers, type DockerEnvironment } from "./docker";
import type { EngineThing } from "./leftovers";

/** What Docker lets one container share with another, and how its settings say so: `container:` and the other's id. */
const SHARED = [
  ["NetworkMode", "network"],
  ["PidMode", "processes"],
  ["IpcMode", "memory"],
] as const;

/**
 * Finds containers of somebody else's that share namespaces with some of the lab's, as `docker run --network container:NAME` and `--pid` make them: they
 * do not outlive them, and Docker cannot start them again.
 * @param containers names of containers of the lab
 * @param own names of all containers of the lab
 * @throws UserError if the engine does not answer
 */
export async function companionsOf(
  containers: readonly string[],
  own: readonly string[],
  env: DockerEnvironment,
): Promise<readonly EngineThing[]> {
  const all = containers.length === 0 ? [] : await dockerLines(["ps", "--all", "--format", "{{.Names}}"], env);
  const others = all.filter((name) => !own.includes(name));
  if (others.length === 0) {
    return [];
  }
  const modes = SHARED.map(([setting]) => `{{json .HostConfig.${setting}}}`);
  const format = `[{{json .Name}},{{json .Id}},${modes.join(",")}]`;
  const found = (await inspectContainers([...containers, ...others], format, env))
    .map((line) => JSON.parse(line) as readonly string[])
    .map(([name = "", id = "", ...settings]) => ({ name: name.replace(/^\//, ""), id, settings }));
  const going = found.filter(({ name }) => containers.includes(name));
  return found
    .filter(({ name }) => others.includes(name))
    .flatMap(({ name, settings }) =>
      SHARED.flatMap(([, what], index) => {
        const host = going.find(({ id, name: its }) => [id, its].some((one) => settings[index] === `container:${one}`));
        return host ? [{ kind: "container" as const, name, shares: { container: host.name, what } }] : [];
      }),
    )
    .filter(({ name }, index, list) => list.findIndex((one) => one.name === name) === index);
}
