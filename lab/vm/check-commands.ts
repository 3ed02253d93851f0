import type { CheckCommand } from "../../infra/core/check";
import { here, STATUS } from "../check-commands";
import { INGRESS_HOST } from "../notes";
import type { AccessHost } from "../outputs";
import { GROUP } from "./notes";

/** What the addresses of one lab are, as its checks need them. */
export interface Addresses {
  /** `http://127.0.0.1:PORT` of the ingress gateway. */
  readonly ingress: string;
  /** Docker's name of the cluster's node. */
  readonly node: string;
}

/** The status of a request that goes through the ingress gateway. */
export function throughIngress({ ingress }: Addresses, path: string): CheckCommand {
  return here(`${STATUS} --header 'Host: ${INGRESS_HOST}' ${ingress}${path}`);
}

/** A host that has joined the mesh. */
export type MeshHost = Required<AccessHost>;

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
