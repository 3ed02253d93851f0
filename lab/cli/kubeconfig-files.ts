import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { writeWhole } from "../../infra/core/whole-file";
import type { AccessCluster, LabOutputs } from "../outputs";
import { assertNobodyAtWork } from "./at-work";
import { labCommand } from "./lab-command";
import { stackCommand, type Session } from "./session";
import { UserError } from "./user-error";

/** The stack's secret output that holds the kubeconfigs by the clusters' names. */
const OUTPUT = "kubeconfigs";

/**
 * A command with a KUBECONFIG that is not there, or is empty, talks to whatever listens on localhost:8080.
 * @param clusters those that are to be asked
 * @throws UserError that names the files
 */
export function assertKubeconfigs(session: Session, clusters: readonly AccessCluster[]): void {
  const files = gone(clusters).map(({ kubeconfigFile }) => kubeconfigFile);
  if (files.length > 0) {
    assertNobodyAtWork(session);
    const repair = labCommand("heal", session);
    throw new UserError(
      `stack ${session.stack}: without its kubeconfig: ${files.join(", ")}; ${repair} writes it again`,
    );
  }
}

/**
 * Writes the kubeconfigs again that are gone; one that is there stays as it is.
 * @returns the files that were written
 * @throws UserError if the stack's outputs do not hold them
 */
export async function restoreKubeconfigs(
  session: Session,
  { clusters }: Pick<LabOutputs, "clusters">,
): Promise<readonly string[]> {
  const wanted = gone(clusters);
  if (wanted.length === 0) {
    return [];
  }
  const texts = await readKubeconfigs(session);
  return wanted.map(({ name, kubeconfigFile }) => {
    const text = texts[name];
    if (text === undefined) {
      throw new UserError(
        `stack ${session.stack}: ${kubeconfigFile} is gone, and the outputs do not hold it; build the lab anew: ${labCommand("destroy", session)}, then ${labCommand("up", session)}`,
      );
    }
    mkdirSync(dirname(kubeconfigFile), { recursive: true, mode: 0o700 });
    // In the place of an empty one, which others may be able to read.
    writeWhole(kubeconfigFile, `${text.trimEnd()}\n`);
    return kubeconfigFile;
  });
}

function gone(clusters: readonly AccessCluster[]): readonly AccessCluster[] {
  return clusters.filter(({ kubeconfigFile }) => !(statSync(kubeconfigFile, { throwIfNoEntry: false })?.size ?? 0));
}

async function readKubeconfigs(session: Session): Promise<Readonly<Record<string, string>>> {
  const words = ["stack", "output", OUTPUT, "--show-secrets", "--json"];
  const { exitCode, stdout, stderr } = await stackCommand(session, words);
  if (exitCode !== 0) {
    throw new UserError(`pulumi stack output: ${stderr.trim()}`);
  }
  return JSON.parse(stdout) as Record<string, string>;
}
