import type { CheckCommand } from "../../infra/core/check";
import { GROUP, INGRESS_HOST } from "./notes";

/** A command on this machine, with the lab's tools and its cluster's kubeconfig. */
export function here(run: string): CheckCommand {
  return { on: "workstation", run };
}

/** A command on a VM, as its login user. */
export function on(host: string, run: string): CheckCommand {
  return { on: "host", host, run };
}

/** Prints the status of an HTTP request, 000 where there was no answer. */
export const STATUS = "curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}'";

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

/** What such a command answers where all is well. */
export const OK = { exitCode: "any", stdout: /^200$/ } as const;

/** The health that istiod has noted in a WorkloadEntry: True or False. */
export function healthOf(entry: string): CheckCommand {
  return here(
    `kubectl --namespace ${GROUP.namespace} get workloadentry ${entry} --output jsonpath='{.status.conditions[?(@.type=="Healthy")].status}'`,
  );
}
