import type { TraceServer, TraceService, TraceSource } from "../../program/trace-map";
import type { ServiceObject } from "./cluster-objects";

/** What the user changes about the request. */
export interface RequestOptions {
  /** Value of the Host header. Default: what the destination is called. */
  readonly host?: string;
  /** Path. Default: one that the destination answers with 200. */
  readonly path?: string;
}

/** What the client asks. */
export interface TraceRequest {
  readonly url: string;
  readonly host: string;
  /** curl's `--resolve`: the way of a name that the source cannot look up; undefined if it can. */
  readonly resolve?: string;
}

/** Whether the source reaches services at their own addresses; another one needs an entry. */
export function reachesServices(source: TraceSource): boolean {
  return source.kind !== "host" || source.inMesh;
}

/** Asks a machine outside the mesh by its address. */
export function requestToServer({ port, path }: TraceServer, address: string, options: RequestOptions): TraceRequest {
  const authority = port === 80 ? address : `${address}:${port}`;
  return { url: `http://${authority}${options.path ?? path}`, host: options.host ?? authority };
}

/** Decides what is asked of a service, and by which name. The source has a way to it. */
export function requestOf(
  source: TraceSource,
  destination: TraceService,
  { spec }: ServiceObject,
  options: RequestOptions,
): TraceRequest {
  const inside = reachesServices(source);
  const { entry, port } = destination;
  const name = `${destination.service}.${destination.namespace}`;
  const authority = port === 80 ? name : `${name}:${port}`;
  const url = new URL(!inside && entry ? entry.url : `http://${authority}${destination.path}`);
  const host = options.host ?? (!inside && entry ? entry.host : authority);
  const address = !inside ? entry?.address : source.kind === "host" ? undefined : spec.clusterIP;
  url.pathname = options.path ?? url.pathname;
  const resolve = address === undefined ? {} : { resolve: `${url.hostname}:${url.port || "80"}:${address}` };
  return { url: url.href, host, ...resolve };
}
