import {
  copyFileSync,
  existsSync,
  linkSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { pulumiHome } from "../core/toolchain-key";
import { PULUMI_AWS, type CommonVersions } from "../core/versions";
import { makePrivateFolder } from "./files";

/** A name in a folder, and the file that it has to lead to. */
export interface Link {
  readonly path: string;
  readonly target: string;
  /**
   * `hard` if the program looks for others beside its own file: Pulumi looks for language hosts beside what its own
   * symbolic links lead to.
   */
  readonly kind: "symbolic" | "hard";
}

/**
 * Folder of an installed plugin as Pulumi's engine looks for it.
 * @param toolchain folder of the toolchain
 */
export function pluginFolder(toolchain: string, executable: string, versions: CommonVersions): string | undefined {
  const plugins: Readonly<Record<string, string>> = {
    "pulumi-resource-command": `resource-command-v${versions.pulumiCommand}`,
    "pulumi-resource-kubernetes": `resource-kubernetes-v${versions.pulumiKubernetes}`,
    "pulumi-resource-aws": `resource-aws-v${PULUMI_AWS}`,
  };
  const name = plugins[executable];
  return name === undefined ? undefined : join(pulumiHome(toolchain), "plugins", name);
}

/** Whether every link is there and leads to its target. */
export function areLinked(links: readonly Link[]): boolean {
  return links.every((link) => existsSync(link.target) && isLinked(link));
}

/** Puts links there, each at once: a tool that is being started sees the old file or the new one. */
export function makeLinks(links: readonly Link[]): void {
  for (const link of links) {
    makePrivateFolder(dirname(link.path));
    if (isLinked(link)) continue;
    const draft = join(dirname(link.path), `.${basename(link.path)}.${String(process.pid)}`);
    rmSync(draft, { force: true });
    if (link.kind === "symbolic") symlinkSync(link.target, draft);
    else hardLink(link.target, draft);
    renameSync(draft, link.path);
    // rename() leaves its source in place if both names are one file already.
    rmSync(draft, { force: true });
  }
}

/** Removes what else lies in the folder of the tools: a tool of an earlier set-up must not be found on PATH. */
export function removeOthers(folder: string, links: readonly Link[]): void {
  makePrivateFolder(folder);
  const wanted = new Set(links.map((link) => link.path));
  for (const name of readdirSync(folder)) {
    if (!wanted.has(join(folder, name))) rmSync(join(folder, name), { force: true, recursive: true });
  }
}

function isLinked(link: Link): boolean {
  try {
    if (link.kind === "symbolic") return readlinkSync(link.path) === link.target;
    const [there, wanted] = [statSync(link.path), statSync(link.target)];
    return there.ino === wanted.ino && there.dev === wanted.dev;
  } catch {
    return false;
  }
}

function hardLink(target: string, path: string): void {
  try {
    linkSync(target, path);
  } catch {
    copyFileSync(target, path); // another file system
  }
}
