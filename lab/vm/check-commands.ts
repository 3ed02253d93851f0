import type { CheckCommand } from "../../infra/core/check";
import { kindNodeOf } from "../../infra/core/names";
import { here, on, ROOT_NAMESPACE, STATUS } from "../check-commands";
import { INGRESS_HOST } from "../notes";
import type { AccessHost, LabOutputs } from "../outputs";
import { GROUP } from "./notes";

/** What the addresses of one lab are, as its checks need them. */
export interface Addresses {
  /** `http://ADDRESS:PORT` of the ingress gateway. */
  readonly ingress: string;
  /** Runs a command on the cluster's machine, outside the mesh. */
  readonly onNode: (run: string) => CheckCommand;
}

/** The addresses of a lab that stands; its cluster's machine is a host of its own, or a container of kind. */
export function addressesOf({ urls, clusters, hosts }: LabOutputs): Addresses {
  const ingress = new URL(urls.find(({ name }) => name === "webapp")?.url ?? "http://127.0.0.1:30000").origin;
  const [cluster] = clusters;
  const machine = hosts.find(({ name }) => name === cluster?.name);
  const container = kindNodeOf(cluster?.context ?? "");
  return {
    ingress,
    onNode: (run) => (machine === undefined ? here(`docker exec ${container} ${run}`) : on(machine.name, run)),
  };
}

/** The status of a request that goes through the ingress gateway. */
export function throughIngress({ ingress }: Addresses, path: string): CheckCommand {
  return here(`${STATUS} --header 'Host: ${INGRESS_HOST}' ${ingress}${path}`);
}

/** A host that has joined the mesh. */
export type MeshHost = Required<AccessHost>;

/** Where policies say what forum demands of its callers. */
export const FORUM_NAMESPACES = [ROOT_NAMESPACE, GROUP.namespace];

/** Where policies say whom webapp and catalog let in. */
export const STORE_NAMESPACES = [ROOT_NAMESPACE, "istioinaction"];

/** The hosts that have joined the mesh. */
export function meshHosts(hosts: readonly AccessHost[]): MeshHost[] {
  return hosts.flatMap(({ workloadEntry, ...host }) =>
    workloadEntry === undefined ? [] : [{ ...host, workloadEntry }],
  );
}

/** The health that istiod has noted in a WorkloadEntry: True or False. */
export function healthOf({ workloadEntry }: MeshHost): CheckCommand {
  const entry = workloadEntry.split("/").at(-1);
  return here(
    `kubectl --namespace ${GROUP.namespace} get workloadentry ${entry} --output jsonpath='{.status.conditions[?(@.type=="Healthy")].status}'`,
  );
}
