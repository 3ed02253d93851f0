import type { ApiClient } from "./api-client";
import { isNotFound, NoMatchError } from "./api-error";
import { fieldOf, objectsOf, textOf, type Manifest } from "./manifest";
import { groupOf, knownScope, type ObjectKind, type Scope } from "./object-kind";

/** Where the API server keeps the objects of a kind. */
export interface ApiResource {
  /** Plural name in paths, e.g. `deployments`. */
  readonly plural: string;
  readonly scope: Scope;
  /** The apiVersion's path, e.g. `/apis/apps/v1`. */
  readonly root: string;
}

/** Finds out what an API server serves: when it is first asked for, once for each group and version. */
export class Discovery {
  private readonly versions = new Map<string, Promise<ReadonlyMap<string, ApiResource>>>();
  private readonly defined = new Map<string, Scope>();

  constructor(private readonly client: ApiClient) {}

  /**
   * Where the objects of a kind are.
   * @throws NoMatchError where the API server does not serve the kind
   */
  async resourceOf({ apiVersion, kind }: ObjectKind): Promise<ApiResource> {
    const resource = (await this.resourcesOf(apiVersion)).get(kind);
    if (resource === undefined) {
      this.versions.delete(apiVersion);
      throw new NoMatchError(kind, apiVersion);
    }
    return resource;
  }

  /** Whether a kind's objects live in namespaces, as far as that is known without asking; else undefined. */
  scopeWithoutAsking(kind: ObjectKind): Scope | undefined {
    return knownScope(kind) ?? this.defined.get(`${groupOf(kind.apiVersion)}/${kind.kind}`);
  }

  /** Remembers what a CustomResourceDefinition of the program says, before the API server serves it. */
  learn(definition: Manifest): void {
    const scope = textOf(definition, "spec", "scope");
    const kind = textOf(definition, "spec", "names", "kind");
    if (scope !== "" && kind !== "") {
      this.defined.set(
        `${textOf(definition, "spec", "group")}/${kind}`,
        scope === "Cluster" ? "cluster" : "namespaced",
      );
    }
  }

  /** Forgets what was found out about a group, because a definition in it is new or has changed. */
  forgetGroup(group: string): void {
    for (const apiVersion of [...this.versions.keys()].filter((version) => groupOf(version) === group)) {
      this.versions.delete(apiVersion);
    }
  }

  private resourcesOf(apiVersion: string): Promise<ReadonlyMap<string, ApiResource>> {
    const known = this.versions.get(apiVersion);
    if (known !== undefined) {
      return known;
    }
    // Many wait for one answer, so it is not one operation's to cancel.
    const asked = this.ask(apiVersion).catch((error: unknown) => {
      this.versions.delete(apiVersion);
      throw error;
    });
    this.versions.set(apiVersion, asked);
    return asked;
  }

  private async ask(apiVersion: string): Promise<ReadonlyMap<string, ApiResource>> {
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const { signal } = new AbortController();
    const list = await this.client.send({ method: "GET", path: root, signal }).catch((error: unknown) => {
      if (isNotFound(error)) {
        return {};
      }
      throw error;
    });
    // `deployments/status` and the like are parts of an object, not objects.
    const resources = objectsOf(list, "resources").filter((resource) => !textOf(resource, "name").includes("/"));
    return new Map(
      resources.map((resource) => [
        textOf(resource, "kind"),
        {
          plural: textOf(resource, "name"),
          scope: fieldOf(resource, "namespaced") === true ? "namespaced" : "cluster",
          root,
        },
      ]),
    );
  }
}

/** The path of a kind's objects in one namespace; of all of them where the kind has no namespaces. */
export function collectionPath(resource: ApiResource, namespace: string): string {
  return resource.scope === "cluster"
    ? `${resource.root}/${resource.plural}`
    : `${resource.root}/namespaces/${encodeURIComponent(namespace || "default")}/${resource.plural}`;
}
