import { describeObject } from "../../../infra/core/made";
import { nodeContainer } from "../../../infra/core/names";
import { script } from "../../../infra/core/script";
import { shellQuote } from "../../../infra/core/shell";
import type { AccessCluster, LabOutputs } from "../../program/outputs";
import { platformNamed } from "../../program/platforms/platforms";
import type { FoundObject } from "./found-object";
import { placed } from "./placed";
import type { Trouble } from "./ready";

/** Tells why a node takes no pods, or that it is not ready. */
export function nodeTroubles(
  cluster: AccessCluster,
  { metadata: { name }, spec, status }: FoundObject,
): readonly Trouble[] {
  const about = { cluster, object: { apiVersion: "v1", kind: "Node", name } };
  const isReady = (status?.conditions ?? []).some((one) => one.type === "Ready" && one.status === "True");
  // Kubernetes puts its own taints on and off as a node comes and goes.
  const taints = (spec?.taints ?? []).filter(
    ({ key, effect }) => !key.includes("kubernetes.io/") && effect !== "PreferNoSchedule",
  );
  return [
    ...(spec?.unschedulable === true
      ? [
          {
            ...about,
            what: `Node ${name} is cordoned: no pod is put on it`,
            wanted: "a node that takes pods",
            remedy: { run: `kubectl uncordon ${shellQuote(name)}`, done: `the node ${name} was uncordoned` },
          },
        ]
      : []),
    ...taints.map(({ key, effect }) => ({
      ...about,
      what: `Node ${name} has the taint ${key}:${effect}`,
      wanted: "a node that takes pods",
      remedy: {
        run: `kubectl taint nodes ${shellQuote(name)} ${shellQuote(`${key}:${effect}-`)}`,
        done: `the taint ${key}:${effect} was taken off the node ${name}`,
      },
    })),
    ...(isReady ? [] : [{ ...about, what: `Node ${name} is not ready`, wanted: "a node that is ready" }]),
  ];
}

/**
 * Tells that the one node of a kind cluster is not known to it, as after `kubectl delete node`.
 */
export function unregisteredNode(
  cluster: AccessCluster,
  { platform, clusters }: Pick<LabOutputs, "platform" | "clusters">,
  there: ReadonlyMap<string, FoundObject>,
): readonly Trouble[] {
  if (!platformNamed(platform).hasKubeadm || [...there.values()].some(({ kind }) => kind === "Node")) {
    return [];
  }
  const name = nodeContainer(cluster);
  const object = placed({ apiVersion: "v1", kind: "Node", name }, cluster, clusters);
  return [
    {
      ...{ cluster, object, what: `${describeObject(object)} is gone: no pod runs without it`, wanted: "it is there" },
      remedy: {
        run: `docker exec ${shellQuote(name)} bash -c ${shellQuote(script("node-register.sh"))}`,
        done: `${describeObject(object)} was registered again`,
      },
    },
  ];
}
