import { PULUMI_MANAGER } from "../../../infra/core/made";
import type { AccessCluster } from "../../program/outputs";
import { labCommand } from "../stack/lab-command";
import type { FoundObject } from "../look/found-object";
import { pasteable } from "../verify/command-runner";
import type { CheckResult } from "../verify/expectation";
import { KEY, readCaSecret, rootOfSecret, SECRET, SYSTEM } from "./ca-secret";
import { fingerprint } from "./certificate";
import type { HealScene } from "./scene";

/**
 * Tells that the Secrets `cacerts` of a lab's clusters hold different roots, as after a lesson with a custom CA in one of them: the clusters would
 * not trust each other.
 * @returns undefined if they hold the same, or cannot be read
 * @throws UserError if a cluster does not answer
 */
export async function rootsApart(
  clusters: readonly AccessCluster[],
  { workstation, standing: { session } }: Pick<HealScene, "workstation" | "standing">,
): Promise<CheckResult | undefined> {
  if (clusters.length < 2) {
    return undefined;
  }
  const secrets = await Promise.all(
    clusters.map(async (cluster) => ({ cluster, secret: await readCaSecret(cluster.kubeconfigFile, workstation.env) })),
  );
  const roots = new Set(secrets.flatMap(({ secret }) => fingerprint(rootOfSecret(secret)) ?? []));
  const [first, ...rest] = secrets.filter(({ secret }) => secret === undefined || !hasLabsRoot(secret));
  if (roots.size < 2 || first === undefined) {
    return undefined;
  }
  const names = [first, ...rest].map(({ cluster }) => cluster.name).join(", ");
  const shows = "the clusters of the lab have one root of trust";
  const what = `the Secret ${SYSTEM}/${SECRET} of ${names} holds another root than the lab's, so nothing was restarted`;
  const run = `kubectl --namespace ${SYSTEM} get secret ${SECRET} --output yaml --show-managed-fields`;
  return {
    ...{ name: `${first.cluster.name}-root`, shows, source: "", outcome: "fail", seconds: 0, expected: shows },
    actual: `${what}; ${labCommand("up", session, ["--refresh"])} restores it, then run ${labCommand("heal", session)}`,
    command: pasteable({ on: "cluster", cluster: first.cluster.name, run }, workstation),
  };
}

/** Whether the root is the one that Pulumi has put there: whoever changes a field takes it over. */
function hasLabsRoot({ metadata: { managedFields = [] } }: FoundObject): boolean {
  return managedFields.some(({ manager = "", fieldsV1 }) => {
    const data = fieldsV1?.["f:data"] as Readonly<Record<string, unknown>> | undefined;
    return manager.startsWith(PULUMI_MANAGER) && data?.[`f:${KEY}`] !== undefined;
  });
}
