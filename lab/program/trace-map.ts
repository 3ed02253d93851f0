/** A place that can send a request. */
export type TraceSource =
  | {
      readonly name: string;
      readonly kind: "pod";
      readonly cluster: string;
      readonly namespace: string;
      readonly selector: string;
    }
  /** A machine that one can log in to, in the mesh or outside. */
  | { readonly name: string; readonly kind: "host"; readonly inMesh: boolean }
  /** A cluster's node: outside the mesh, with a way to its pods. */
  | { readonly name: string; readonly kind: "node"; readonly cluster: string };

/** How somebody outside the mesh reaches a destination. */
export interface TraceEntry {
  /** e.g. `http://www.gasida.dev:30000/`. */
  readonly url: string;
  /** IPv4 address that the URL's name leads to; undefined if it is an address. */
  readonly address?: string;
  /** Value of the Host header. */
  readonly host: string;
}

/** A service that can be asked. */
export interface TraceService {
  readonly kind: "service";
  readonly name: string;
  /** The cluster whose Service object it is, if it has pods. */
  readonly cluster: string;
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  /** Path that it answers with 200, e.g. `/`. */
  readonly path: string;
  /** Default: not reachable from outside. */
  readonly entry?: TraceEntry;
}

/** A machine outside the mesh that can be asked: the study notes' web server on the Internet. */
export interface TraceServer {
  readonly kind: "server";
  /** Of the host. */
  readonly name: string;
  readonly port: number;
  /** Path that it answers with 200. */
  readonly path: string;
}

/** What can be asked. */
export type TraceDestination = TraceService | TraceServer;

/** Between which places of a lab `trace` can look. */
export interface TraceMap {
  readonly sources: readonly TraceSource[];
  readonly destinations: readonly TraceDestination[];
}
