import type { ApiClient, ApiRequest } from "./api-client";
import { collectionPath, type ApiResource, type Discovery } from "./discovery";
import { nameOf, namespaceOf, withoutField, type Manifest } from "./manifest";
import { objectKindOf, type ObjectKind } from "./object-kind";
import type { Propagation } from "./annotations";

/** Which object. */
export interface ObjectReference extends ObjectKind {
  readonly namespace: string;
  readonly name: string;
}

/** How an object is written. */
export interface WriteOptions {
  /** Say what would happen, change nothing. */
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly signal: AbortSignal;
}

/** The reference of a manifest. */
export function referenceOf(manifest: Manifest): ObjectReference {
  return { ...objectKindOf(manifest), namespace: namespaceOf(manifest), name: nameOf(manifest) };
}

/** Objects of any kind on one API server. Every method throws as `ApiClient.send` does, and NoMatchError for a kind that is not served. */
export class ObjectStore {
  constructor(
    private readonly client: ApiClient,
    private readonly discovery: Discovery,
  ) {}

  /** The object as it is. */
  async get(reference: ObjectReference, signal: AbortSignal): Promise<Manifest> {
    return this.client.send({ method: "GET", path: await this.pathOf(reference), signal });
  }

  /** Makes the object; refused where the name is taken. */
  async create(manifest: Manifest, options: WriteOptions): Promise<Manifest> {
    const resource = await this.discovery.resourceOf(objectKindOf(manifest));
    const path = collectionPath(resource, namespaceOf(manifest));
    return this.client.send({ method: "POST", path, ...written(manifest, resource, options) });
  }

  /** Puts the object in place of the one that is there, as `kubectl replace` does; it must carry its `resourceVersion`. */
  async replace(manifest: Manifest, options: WriteOptions): Promise<Manifest> {
    const resource = await this.discovery.resourceOf(objectKindOf(manifest));
    const path = pathIn(resource, referenceOf(manifest));
    return this.client.send({ method: "PUT", path, ...written(manifest, resource, options) });
  }

  /** Server-side apply: makes the object, or brings the fields named in it to their values. */
  async apply(manifest: Manifest, force: boolean, options: WriteOptions): Promise<Manifest> {
    const resource = await this.discovery.resourceOf(objectKindOf(manifest));
    const path = pathIn(resource, referenceOf(manifest));
    const request = written(manifest, resource, options);
    const query = { ...request.query, force: String(force) };
    return this.client.send({ method: "PATCH", path, ...request, query, bodyType: "application/apply-patch+yaml" });
  }

  /** JSON patch (RFC 6902). */
  async patch(reference: ObjectReference, operations: readonly unknown[], signal: AbortSignal): Promise<Manifest> {
    const path = await this.pathOf(reference);
    return this.client.send({
      method: "PATCH",
      path,
      body: operations,
      bodyType: "application/json-patch+json",
      signal,
    });
  }

  /** Asks for the object's deletion. Returns it as it is where something still holds it, a `Status` where it is gone. */
  async delete(reference: ObjectReference, propagation: Propagation, signal: AbortSignal): Promise<Manifest> {
    const path = await this.pathOf(reference);
    const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: propagation };
    return this.client.send({ method: "DELETE", path, body, signal });
  }

  /** The path of a kind's objects in a namespace. */
  async collectionOf(place: ObjectKind & { readonly namespace: string }): Promise<string> {
    return collectionPath(await this.discovery.resourceOf(place), place.namespace);
  }

  private async pathOf(reference: ObjectReference): Promise<string> {
    return pathIn(await this.discovery.resourceOf(reference), reference);
  }
}

function pathIn(resource: ApiResource, { namespace, name }: { namespace: string; name: string }): string {
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
}

type Written = Pick<ApiRequest, "body" | "signal"> & { readonly query: Record<string, string | undefined> };

function written(manifest: Manifest, resource: ApiResource, { fieldManager, dryRun, signal }: WriteOptions): Written {
  return {
    query: { fieldManager, dryRun: dryRun ? "All" : undefined },
    // A custom resource whose scope was not known at Check may carry a namespace that it must not have.
    body: resource.scope === "cluster" ? withoutField(manifest, ["metadata", "namespace"]) : manifest,
    signal,
  };
}
