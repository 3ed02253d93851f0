import { ask } from "../../../infra/core/child";
import type { AccessCluster } from "../../program/outputs";
import { labCommand } from "../stack/lab-command";
import type { Session } from "../pulumi/session";
import { UserError } from "../ui/user-error";

/** A pod, as much of it as a trace needs. */
export interface PodObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly status: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** A service, likewise. */
export interface ServiceObject {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly clusterIP: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports: readonly { readonly port: number; readonly targetPort?: number | string }[];
  };
}

/** Pods and services of one cluster. */
export interface ClusterObjects {
  readonly cluster: AccessCluster;
  readonly pods: readonly PodObject[];
  readonly services: readonly ServiceObject[];
}

/**
 * Reads pods and services of a cluster.
 * @throws UserError if its API server does not answer
 */
export async function readObjects(cluster: AccessCluster, session: Session): Promise<ClusterObjects> {
  const words = [
    "--kubeconfig",
    cluster.kubeconfigFile,
    "--request-timeout",
    "5s",
    "get",
    "pods,services",
    "-A",
    "-o",
    "json",
  ];
  const answer = await ask("kubectl", words, { env: session.env, timeoutMilliseconds: 30_000 });
  if (!answer.ok) {
    const said = answer.startProblem ?? answer.stderr.trim();
    throw new UserError(`cluster ${cluster.name} does not answer: ${said}; run: ${labCommand("heal", session)}`);
  }
  const { items } = JSON.parse(answer.stdout) as {
    items: readonly ({ readonly kind: string } & PodObject & ServiceObject)[];
  };
  const ofKind = (kind: string) => items.filter((item) => item.kind === kind);
  return { cluster, pods: ofKind("Pod").filter(isAlive), services: ofKind("Service") };
}

function isAlive({ metadata, status }: PodObject): boolean {
  return metadata.deletionTimestamp === undefined && status.podIP !== undefined;
}

/** Is the pod ready for requests? */
export function isReady({ status }: PodObject): boolean {
  return status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false;
}

/** Does the pod carry all of these labels? */
export function isSelected(pod: PodObject, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([key, value]) => pod.metadata.labels?.[key] === value);
}
