import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { parse } from "yaml";
import { shellQuote } from "../../../infra/core/shell";
import type { AccessCluster, LabOutputs } from "../../program/outputs";
import { assertNobodyAtWork } from "./at-work";
import { labCommand } from "./lab-command";
import { isGone, lostForGood, writeAgain } from "./lost-files";
import { stackCommand, type Session } from "../pulumi/session";
import { UserError } from "../ui/user-error";

/** The stack's secret output that holds the kubeconfigs by the clusters' names. */
const OUTPUT = "kubeconfigs";

/**
 * A command with a KUBECONFIG that is not there, or is empty, talks to whatever listens on localhost:8080.
 * @param clusters those that are to be asked
 * @throws UserError that names the files, or those that lead to another cluster
 */
export function assertKubeconfigs(session: Session, clusters: readonly AccessCluster[]): void {
  assertOwnContexts(session, clusters);
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
 * In a shell whose KUBECONFIG names a file of the lab, `kind create cluster` and `kubectl config use-context` write there, and whatever the lab does to
 * its cluster would be done to another one.
 * @throws UserError that names the files, with the command that leads each back
 */
function assertOwnContexts(session: Session, clusters: readonly AccessCluster[]): void {
  // The lab's tools come first on it.
  const [bin = ""] = (session.env["PATH"] ?? "").split(delimiter);
  const strays = clusters.flatMap(({ kubeconfigFile, context }) => {
    const found = contextsIn(kubeconfigFile);
    if (found === undefined || found.current === context) {
      return [];
    }
    const file = shellQuote(kubeconfigFile);
    const back = `${shellQuote(join(bin, "kubectl"))} --kubeconfig ${file} config use-context ${context}`;
    return found.names.includes(context)
      ? [`${kubeconfigFile} leads to ${found.current}, not to the lab's cluster; restore it: ${back}`]
      : [
          `${kubeconfigFile} has no context ${context} any more; set it aside, and it is written again: mv ${file} ${shellQuote(`${kubeconfigFile}.mine`)} && ${labCommand("heal", session)}`,
        ];
  });
  if (strays.length > 0) {
    throw new UserError(`stack ${session.stack}: ${strays.join("\n")}`);
  }
}

/** @returns undefined if there is no such file, or if it says nothing that kubectl would go by */
function contextsIn(file: string): { readonly current: string; readonly names: readonly string[] } | undefined {
  try {
    const { "current-context": current, contexts } = (parse(readFileSync(file, "utf8")) ?? {}) as {
      readonly "current-context"?: unknown;
      readonly contexts?: readonly { readonly name: string }[];
    };
    return typeof current === "string" && current !== ""
      ? { current, names: (contexts ?? []).map(({ name }) => name) }
      : undefined;
  } catch {
    // kubectl has the better words for what is wrong with it.
    return undefined;
  }
}

/**
 * Writes the kubeconfigs again that are gone; one that is there stays as it is.
 * @returns the files that were written
 * @throws UserError if the stack's outputs do not hold them, or if one leads to another cluster
 */
export async function restoreKubeconfigs(
  session: Session,
  { clusters }: Pick<LabOutputs, "clusters">,
): Promise<readonly string[]> {
  assertOwnContexts(session, clusters);
  const wanted = gone(clusters);
  if (wanted.length === 0) {
    return [];
  }
  const texts = await readKubeconfigs(session);
  return wanted.map(({ name, kubeconfigFile }) => {
    const text = texts[name];
    if (text === undefined) {
      throw lostForGood(session, kubeconfigFile, "the outputs do not hold it");
    }
    writeAgain(kubeconfigFile, `${text.trimEnd()}\n`);
    return kubeconfigFile;
  });
}

function gone(clusters: readonly AccessCluster[]): readonly AccessCluster[] {
  return clusters.filter(({ kubeconfigFile }) => isGone(kubeconfigFile));
}

async function readKubeconfigs(session: Session): Promise<Readonly<Record<string, string>>> {
  const words = ["stack", "output", OUTPUT, "--show-secrets", "--json"];
  const { exitCode, stdout, stderr } = await stackCommand(session, words);
  if (exitCode !== 0) {
    throw new UserError(`pulumi stack output: ${stderr.trim()}`);
  }
  return JSON.parse(stdout) as Record<string, string>;
}
