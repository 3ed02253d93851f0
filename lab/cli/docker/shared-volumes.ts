import { dockerLines, inspectContainers, type DockerEnvironment } from "./docker";

/** A volume that was a container's of the lab, and that other containers use, too: by `docker run --volumes-from`. Docker keeps it for them. */
export interface SharedVolume {
  readonly name: string;
  /** The containers that use it. */
  readonly usedBy: readonly string[];
}

/** The volumes of containers, by their names; one that is gone meanwhile has none. */
export function volumesOf(containers: readonly string[], env: DockerEnvironment): Promise<readonly string[]> {
  return inspectContainers(containers, '{{range .Mounts}}{{if eq .Type "volume"}}{{println .Name}}{{end}}{{end}}', env);
}

/**
 * Tells which volumes are still there, and who uses them.
 * @throws UserError if the engine does not answer
 */
export async function volumesLeft(
  volumes: readonly string[],
  env: DockerEnvironment,
): Promise<readonly SharedVolume[]> {
  const all = volumes.length === 0 ? [] : await dockerLines(["volume", "ls", "--format", "{{.Name}}"], env);
  return Promise.all(
    volumes
      .filter((name) => all.includes(name))
      .map(async (name) => {
        const words = ["ps", "--all", "--filter", `volume=${name}`, "--format", "{{.Names}}"];
        return { name, usedBy: await dockerLines(words, env) };
      }),
  );
}
