import type { AccessHost, LabOutputs } from "../../program/outputs";
import type { TraceService, TraceSource } from "../../program/trace-map";
import { labCommand, type CommandTarget } from "../stack/lab-command";
import { UserError } from "../ui/user-error";
import { isReady, isSelected, type ClusterObjects, type PodObject, type ServiceObject } from "./cluster-objects";
import type { TraceEnds } from "./ends";
import { requestOf, requestToServer, type RequestOptions, type TraceRequest } from "./request";
import { StationList } from "./station-list";
import type { Station } from "./station";

/** The request, and where it is watched. */
export interface TracePlan extends TraceRequest {
  readonly source: Station;
  readonly stations: readonly Station[];
  /** Ports whose idle connections are closed before the request, so that it has to open new ones. */
  readonly pooledPorts: readonly number[];
}

const EAST_WEST_PORT = 15443;

/**
 * Decides what is sent from where, and where to look.
 * @param objects pods and services of every cluster
 * @param target the stack, for the commands that are named
 * @throws UserError if an end is not there
 */
export function planTrace(
  { source, destination }: TraceEnds,
  outputs: LabOutputs,
  objects: readonly ClusterObjects[],
  target: CommandTarget,
  options: RequestOptions,
): TracePlan {
  const list = new StationList(outputs, target);
  const start = sourceStation(source, outputs, objects, list);
  objects.forEach(({ cluster }) => list.node(cluster));
  if (destination.kind === "server") {
    const server = list.host(hostNamed(destination.name, outputs));
    const request = requestToServer(destination, server.addresses[0] ?? "", options);
    return { source: start, stations: list.all, ...request, pooledPorts: [destination.port] };
  }
  const service = findService(destination, objects, target);
  objects.forEach(({ cluster, pods }) => {
    pods
      .filter((pod) => isGateway(pod) || (isReady(pod) && isEndpoint(pod, destination, service)))
      .forEach((pod) => list.pod(cluster, pod));
  });
  outputs.hosts.filter((host) => isMember(host, destination)).forEach((host) => list.host(host));
  const request = requestOf(source, destination, service, options);
  return { source: start, stations: list.all, ...request, pooledPorts: pooled(service) };
}

function hostNamed(name: string, { hosts }: LabOutputs): AccessHost {
  const host = hosts.find((one) => one.name === name);
  if (host === undefined) {
    throw new UserError(`this lab has no host ${name}`);
  }
  return host;
}

function findService(
  { cluster, namespace, service }: TraceService,
  objects: readonly ClusterObjects[],
  target: CommandTarget,
): ServiceObject {
  const found = objects
    .find((one) => one.cluster.name === cluster)
    ?.services.find(({ metadata }) => metadata.name === service && metadata.namespace === namespace);
  if (found === undefined) {
    throw new UserError(
      `cluster ${cluster} has no service ${namespace}/${service}; put it back: ${labCommand("up", target)}`,
    );
  }
  return found;
}

function sourceStation(
  source: TraceSource,
  outputs: LabOutputs,
  objects: readonly ClusterObjects[],
  list: StationList,
): Station {
  if (source.kind === "host") {
    return list.host(hostNamed(source.name, outputs));
  }
  const own = objects.find(({ cluster }) => cluster.name === source.cluster);
  if (own === undefined) {
    throw new UserError(`this lab has no cluster ${source.cluster}`);
  }
  if (source.kind === "node") {
    return list.node(own.cluster);
  }
  const [key = "", value = ""] = source.selector.split("=");
  const pod = own.pods.find(
    (one) => one.metadata.namespace === source.namespace && isSelected(one, { [key]: value }) && isReady(one),
  );
  if (pod === undefined) {
    throw new UserError(`no pod ${source.namespace}/${source.selector} of cluster ${source.cluster} is ready`);
  }
  return list.pod(own.cluster, pod);
}

const isGateway = ({ metadata }: PodObject) => /^(ingress|eastwest)gateway$/.test(metadata.labels?.["istio"] ?? "");

function isEndpoint(pod: PodObject, { namespace }: TraceService, { spec }: ServiceObject): boolean {
  return pod.metadata.namespace === namespace && spec.selector !== undefined && isSelected(pod, spec.selector);
}

const isMember = ({ workloadEntry }: AccessHost, { namespace }: TraceService) =>
  workloadEntry?.startsWith(`${namespace}/`) ?? false;

function pooled({ spec }: ServiceObject): number[] {
  const targets = spec.ports.flatMap(({ port, targetPort }) =>
    typeof targetPort === "number" ? [targetPort] : [port],
  );
  return [...new Set([...targets, EAST_WEST_PORT])];
}
