import { readFileSync } from "node:fs";
import { join } from "node:path";
import { configurations } from "../../registry";
import { checkpointFile, PROJECT_FOLDER } from "../pulumi/backend";
import type { EngineThing } from "../docker/leftovers";
import { stackCommand, type Session } from "../pulumi/session";
import { stackProjectFolder } from "./stack-project";
import { readYaml } from "./yaml-file";

/** A file of a cluster or a host, as a state writes its path; it is found in a file that is not whole, too. */
const FILE = /\/(?:kubeconfig-([a-z0-9-]+)\.yaml|known_hosts-([a-z0-9-]+))/g;

/**
 * What the clusters and hosts of a stack are called, as far as it can be told: files are named after them. Ask before anything is removed.
 * @param own what carries the stack's mark on this machine's engine
 * @returns names as the study notes have them, e.g. `k3s-s` and `forum-vm`; also those that a lab has if nobody names others
 */
export async function ownNames(session: Session, own: readonly EngineThing[]): Promise<ReadonlySet<string>> {
  const inState = [...(await stateText(session)).matchAll(FILE)].map(([, cluster, host]) => cluster ?? host ?? "");
  const mark = `istio-lab-${session.stack}-`.toLowerCase();
  const onEngine = own
    .filter(({ kind, name }) => kind === "container" && name.startsWith(mark))
    .map(({ name }) => name.slice(mark.length).replace(/-control-plane$/, ""));
  return new Set([...inState, ...onEngine, ...configuredNames(session.stack), ...(await defaultNames())]);
}

/** What Pulumi keeps of the stack; empty if it is not available. */
async function stateText(session: Session): Promise<string> {
  const { ownFolder } = session.backend;
  if (ownFolder === undefined) {
    return (await stackCommand(session, ["stack", "export"])).stdout;
  }
  try {
    return readFileSync(checkpointFile(ownFolder, session.stack), "utf8");
  } catch {
    return "";
  }
}

/** What the user has named. */
function configuredNames(stack: string): readonly string[] {
  const folder = stackProjectFolder(stack);
  const files = [join(PROJECT_FOLDER, `Pulumi.${stack}.yaml`), join(folder, `Pulumi.${stack}.yaml`)];
  return [...files, join(folder, "overrides.yaml")].flatMap((file) => {
    try {
      return namesIn(readYaml(file));
    } catch {
      // A file that is damaged names nothing, and must not keep a lab from being removed.
      return [];
    }
  });
}

/** Values of `name`, at any depth: a list may be YAML, or JSON in a text. */
function namesIn(value: unknown): readonly string[] {
  if (typeof value === "string") {
    return /^\s*[[{]/.test(value) ? namesIn(JSON.parse(value)) : [];
  }
  if (typeof value !== "object" || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, each]) =>
    key === "name" && typeof each === "string" ? [each] : namesIn(each),
  );
}

async function defaultNames(): Promise<readonly string[]> {
  // Loading the labs' code takes a while.
  const { parseLabConfig } = await import("../../config/lab-config");
  const labs = await configurations();
  return labs.flatMap((one) => {
    const { clusters, hosts } = one.requirements(parseLabConfig(labs, { lab: one.lab })).machines;
    return [...clusters, ...hosts];
  });
}
