import { join } from "node:path";
import type { CheckCommand } from "../../infra/core/check";
import { addressAt } from "../../infra/core/addresses";
import { nodeContainer } from "../../infra/core/names";
import { sshLine } from "../../infra/core/ssh-line";
import { on, ROOT_NAMESPACE, STATUS } from "../shared/check-commands";
import { scriptLine } from "../shared/script-line";
import type { AccessUrl, LabOutputs } from "../program/outputs";
import { CLIENT_HOST, NGINX, NODE_NUMBER, NODE_PORTS } from "./study-notes";

/** Folder of the scripts that only this lab runs. */
export const SCRIPTS = join(__dirname, "scripts");

/** What the checks of one lab need to know of it. */
export interface Place {
  /** Docker's name of the node. */
  readonly node: string;
  /** IPv4 address of the node on the lab's network. */
  readonly nodeAddress: string;
  /** The name that leads to nginx, e.g. `www.gasida.dev`. */
  readonly domain: string;
  /** IPv4 address of `testpc`, and the line that logs in there. */
  readonly clientAddress: string;
  readonly clientSsh: string;
}

/** Reads the outputs for the checks. */
export function placeOf({ clusters, hosts, network, urls }: LabOutputs): Place {
  const client = hosts.find(({ name }) => name === CLIENT_HOST.name);
  const [cluster] = clusters;
  return {
    node: cluster === undefined ? "" : nodeContainer(cluster),
    nodeAddress: addressAt(network.cidr, NODE_NUMBER),
    domain: domainUrl(urls)?.host ?? "",
    clientAddress: client?.address ?? "",
    clientSsh: client === undefined ? "" : sshLine(client.login),
  };
}

/** The URL of the domain, which is named after the nginx that it leads to. */
export function domainUrl(urls: LabOutputs["urls"]): AccessUrl | undefined {
  return urls.find(({ name }) => name === NGINX.name || name === NGINX.pod);
}

/** The status that `testpc` gets through the node port; by the domain or by the node's address. */
export function statusFromClient(host: string, path: string): CheckCommand {
  return on(CLIENT_HOST.name, `${STATUS} http://${host}:${NODE_PORTS[80]}${path}`);
}

/** What `testpc` gets likewise, with what a pipe makes of it. */
export function fromClient(host: string, path: string, pipe: string): CheckCommand {
  return on(CLIENT_HOST.name, `curl --silent --max-time 5 http://${host}:${NODE_PORTS[80]}${path} | ${pipe}`);
}

/** Where policies say what nginx requires of its callers. */
export const POLICY_NAMESPACES = [ROOT_NAMESPACE, "default"];

/** The status of a request in plain text from the node, which is outside the mesh, to port 80 of a pod; its label `app` names it. */
export function plainCall({ node }: Place, app: string): string {
  const address = `$(kubectl --namespace default get pods --selector app=${app} --output jsonpath='{.items[0].status.podIP}')`;
  return `docker exec ${node} ${STATUS} "http://${address}/"`;
}

/**
 * A script in the network namespace of a pod, with the node's tools.
 * @param app the pod's label `app`
 * @param name the script, of this lab's folder
 * @param words its arguments, as words for bash on the workstation. Default: none
 */
export function inPod({ node }: Place, app: string, name: string, words: readonly string[] = []): string {
  return scriptLine("in-pod.sh", { NODE: node, APP: app, SCRIPT: join(SCRIPTS, name) }, SCRIPTS, words);
}
