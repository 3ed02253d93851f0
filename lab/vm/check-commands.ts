import type { CheckCommand, Obstacle, Precondition } from "../../infra/core/check";
import { nodeContainer } from "../../infra/core/names";
import { script } from "../../infra/core/script";
import { shellQuote } from "../../infra/core/shell";
import { sshLine } from "../../infra/core/ssh-line";
import { here, on, ROOT_NAMESPACE, STATUS } from "../shared/check-commands";
import { INGRESS_HOST } from "../shared/study-notes";
import type { AccessHost, LabOutputs } from "../program/outputs";
import { GROUP } from "./study-notes";
import { VM_SCRIPTS } from "./script-folder";

/** What the addresses of one lab are, as its checks need them. */
export interface Addresses {
  /** `http://ADDRESS:PORT` of the ingress gateway. */
  readonly ingress: string;
  /** Runs a command on the cluster's machine, outside the mesh. */
  readonly onNode: (run: string) => CheckCommand;
}

/** The addresses of a lab that exists; its cluster's machine is a host of its own, or a container of kind. */
export function addressesOf({ urls, clusters, hosts }: LabOutputs): Addresses {
  const webapp = urls.find(({ name }) => name === "webapp");
  const [cluster] = clusters;
  if (webapp === undefined || cluster === undefined) {
    const found = [...clusters, ...urls].map(({ name }) => name).join(", ");
    throw new Error(`a cluster and the url webapp wanted; these outputs have ${found || "none"}`);
  }
  const machine = hosts.find(({ name }) => name === cluster.name);
  const onMachine = (run: string) => on(cluster.name, run);
  const onContainer = (run: string) => here(`docker exec ${nodeContainer(cluster)} ${run}`);
  return { ingress: new URL(webapp.url).origin, onNode: machine === undefined ? onContainer : onMachine };
}

/** The status of a request that goes through the ingress gateway. */
export function throughIngress({ ingress }: Addresses, path: string): CheckCommand {
  return here(`${STATUS} --header 'Host: ${INGRESS_HOST}' ${ingress}${path}`);
}

/** A host that has joined the mesh. */
export type MeshHost = AccessHost & Required<Pick<AccessHost, "workloadEntry">>;

/** Where policies say what forum requires of its callers. */
export const FORUM_NAMESPACES = [ROOT_NAMESPACE, GROUP.namespace];

/** Where policies say whom webapp and catalog let in. */
export const STORE_NAMESPACES = [ROOT_NAMESPACE, "istioinaction"];

/** The hosts that have joined the mesh. */
export function meshHosts(hosts: readonly AccessHost[]): MeshHost[] {
  return hosts.flatMap(({ workloadEntry, ...host }) =>
    workloadEntry === undefined ? [] : [{ ...host, workloadEntry }],
  );
}

/** The name of a host's WorkloadEntry in its namespace. */
export function entryOf({ workloadEntry }: MeshHost): string {
  return workloadEntry.split("/").at(-1) ?? "";
}

/** The health that istiod has noted in a WorkloadEntry: True or False. */
export function healthOf(host: MeshHost): CheckCommand {
  return here(
    `kubectl --namespace ${GROUP.namespace} get workloadentry ${entryOf(host)} --output jsonpath='{.status.conditions[?(@.type=="Healthy")].status}'`,
  );
}

/** Prints what of a VM's sidecar and forum does not work, e.g. `forum is dead`; nothing if both run. */
export function servicesCheck({ login }: MeshHost): string {
  return `${sshLine(login)} ${shellQuote(`sudo -n bash -c ${shellQuote(script("vm-services-check.sh", VM_SCRIPTS))}`)}`;
}

/** What such a line looks like if the service does not come back by itself. */
export const SERVICE_STOPPED = /^(istio|forum) is (dead|failed|auto-restart|bypassed)/m;

/** The sidecar or forum of a VM does not run, e.g. because the user has stopped it; `heal` starts them. */
export function servicesStopped(hosts: readonly MeshHost[]): Obstacle {
  const find = hosts.map(
    (host) =>
      `${servicesCheck(host)} | sed -n -E '/${SERVICE_STOPPED.source}/{s/ is dead$/ is stopped/;s/$/ on ${host.name}/;p;}'`,
  );
  return { find: here(find.join("\n")) };
}

/** The sidecar and forum of every VM run. */
export function servicesRun(hosts: readonly MeshHost[]): Precondition {
  return {
    wanted: `the sidecar and forum of ${hosts.map(({ name }) => name).join(" and ")} run`,
    inTheWay: {
      ...servicesStopped(hosts).find,
      paste: hosts.map(({ login }) => `${sshLine(login)} systemctl is-active istio forum`).join("\n"),
    },
  };
}
