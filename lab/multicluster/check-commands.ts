import { join } from "node:path";
import type { CheckCommand, Expectation } from "../../infra/core/check";
import { here, inCluster, ROOT_NAMESPACE, STATUS } from "../shared/check-commands";
import { identityOf } from "../shared/study-notes";
import { scriptLine } from "../shared/script-line";
import type { AccessCluster, AccessUrl, LabOutputs } from "../program/outputs";

/** Folder of the scripts that only this lab runs. */
export const SCRIPTS = join(__dirname, "scripts");

/** What the checks of one lab know of it. */
export interface Mesh {
  readonly clusters: readonly AccessCluster[];
  /** It runs webapp. */
  readonly first: AccessCluster;
  /** It runs catalog. */
  readonly second: AccessCluster;
  /** Both go through the first cluster's ingress gateway. */
  readonly webapp: AccessUrl;
  readonly backend: AccessUrl;
}

/**
 * Takes what the checks need from a lab's outputs.
 * @throws Error if they are not those of this lab
 */
export function meshOf({ clusters, urls }: LabOutputs): Mesh {
  const [first, second] = clusters;
  const [webapp, backend] = ["webapp", "simple-backend"].map((name) => urls.find((url) => url.name === name));
  if (!first || !second || !webapp || !backend) {
    const found = [...clusters.map(({ name }) => name), ...urls.map(({ name }) => name)].join(", ");
    throw new Error(
      `two clusters and the urls webapp and simple-backend wanted; these outputs have ${found || "none"}`,
    );
  }
  return { clusters, first, second, webapp, backend };
}

/** Where a gateway of a cluster is on the lab's network; empty if the outputs do not say. */
export function gatewayAddress({ gateways }: AccessCluster, gateway: string): string {
  return gateways.find(({ name }) => name === gateway)?.address ?? "";
}

/** Where policies say whom the applications let in. */
export const POLICY_NAMESPACES = [ROOT_NAMESPACE, "istioinaction"];

/** The names by which kubectl knows clusters. */
export function contextsOf(clusters: readonly AccessCluster[]): readonly string[] {
  return clusters.map(({ context }) => context);
}

/** A text as a part of a pattern. */
export function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** The status of one request to a URL of the lab. */
export function statusOf({ url, host }: AccessUrl): CheckCommand {
  return here(`${STATUS} --header 'Host: ${host}' ${url}`);
}

/** The status of a request that netshoot makes, a pod of the first cluster that is not the ingress gateway. */
export function asNetshoot(url: string): string {
  return `kubectl --namespace istioinaction exec deploy/netshoot --container netshoot -- ${STATUS} ${url}`;
}

/** Which clusters an istiod knows beside its own, and whether it has read them. */
export function remoteClusters({ name }: AccessCluster): CheckCommand {
  return inCluster(name, "istioctl remote-clusters");
}

/** All of the clusters are listed as synced; the own cluster is listed without a secret. */
export function synced(clusters: readonly AccessCluster[]): Expectation {
  const lines = clusters.map(({ name }) => `(?=[\\s\\S]*^${identityOf(name).clusterName}\\s+\\S+/\\S+\\s+synced\\s)`);
  const names = clusters.map(({ name }) => identityOf(name).clusterName).join(" and ");
  return { stdout: new RegExp(lines.join(""), "m"), words: `${names} with the status synced` };
}

/** The DestinationRule that the lab leaves out if it is told to. */
const LOCALITY_RULE = "simple-backend-dr";

/** Not more calls at a time than half of what the DestinationRule admits. */
const AT_A_TIME = 4;

/** Calls simple-backend through the ingress gateway; counts the statuses and the messages, each kind in a line. */
export function countAnswers({ backend: { url, host = "" } }: Mesh, calls: number): string {
  const values = { URL: url, HOST: host, CALLS: String(calls), AT_A_TIME: String(AT_A_TIME) };
  return scriptLine("answers-count.sh", values, SCRIPTS);
}

/** All calls are answered, and between them by at least as many clusters as said. */
export function answeredBy(clusters: readonly AccessCluster[], calls: number, atLeast = 1): Expectation {
  const messages = clusters.map(({ name }) => name.toUpperCase()).join("|");
  const names = clusters.map(({ name }) => name.toUpperCase()).join(", ");
  return {
    stdout: new RegExp(`^\\s*${calls} 200(\\n\\s*\\d+ Hello from (${messages})){${atLeast},}$`),
    words: `${calls} answers 200, from ${atLeast > 1 ? `at least ${atLeast} of ${names}` : `nobody but ${names}`}`,
  };
}

/** Says whether the first cluster has that rule. */
const SAY_RULE = scriptLine("locality-rule.sh", { RULE: LOCALITY_RULE }, SCRIPTS);

/** Says whether there is a rule that keeps calls in the caller's region, then counts the answers to 20 calls. */
export function countLocalAnswers(mesh: Mesh): CheckCommand {
  return inCluster(mesh.first.name, `${SAY_RULE}\n${countAnswers(mesh, 20)}`);
}

/** With the rule the first cluster answers all 20 calls; without it all are answered, by whomever. */
export function keptLocal({ first }: Mesh): Expectation {
  const local = `\\S+/${LOCALITY_RULE}\\n\\s*20 200\\n\\s*20 Hello from ${first.name.toUpperCase()}`;
  return {
    stdout: new RegExp(`^rule: (${local}|none\\n\\s*20 200(\\n\\s*\\d+ Hello from [A-Z0-9-]+)+)$`),
    words: `20 answers 200, all from ${first.name.toUpperCase()} if there is the DestinationRule ${LOCALITY_RULE}`,
  };
}

/** Calls simple-backend, then lists where the ingress gateway knows it to be, and how its outlier check ended, if there is a rule for that. */
export function outlierChecks({ backend }: Mesh): string {
  const call = `curl --silent --output /dev/null --max-time 5 --header 'Host: ${backend.host}' ${backend.url}`;
  const cluster = "outbound|80||simple-backend.istioinaction.svc.cluster.local";
  const list = `istioctl proxy-config endpoints deploy/istio-ingressgateway.istio-system --cluster '${cluster}' | tail -n +2 | awk '{ print $1, $3 }'`;
  return `${SAY_RULE}\n${call}\n${list}`;
}

/** The endpoint in the first cluster failed; those of the others, at their east-west gateways, are in order. */
export function ejectedFirst({ clusters, first }: Mesh): Expectation {
  const others = clusters.filter((one) => one !== first).map((one) => gatewayAddress(one, "istio-eastwestgateway"));
  const reachable = others.map((address) => `(?=[\\s\\S]*^${literally(address)}:15443 OK$)`).join("");
  return {
    stdout: new RegExp(`^rule: (none$|${reachable}[\\s\\S]*^\\d+(\\.\\d+){3}:8080 FAILED$)`, "m"),
    words: `FAILED for the endpoint at port 8080, and OK for ${others.map((one) => `${one}:15443`).join(" and ")}, if there is the DestinationRule ${LOCALITY_RULE}`,
  };
}
