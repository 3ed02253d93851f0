import { readFileSync } from "node:fs";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { parseAllDocuments } from "yaml";
import type { Cluster } from "./cluster";
import { asLongAsCluster, objectOptions } from "./object-options";

/** A Kubernetes object as a manifest has it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string>; labels?: Record<string, string> };
  [field: string]: unknown;
}

/** What decides how manifests are applied. */
export interface ManifestsArgs {
  readonly cluster: Cluster;
  /** Absolute paths of YAML files. */
  readonly files: readonly string[];
  /** Images by container name: what the manifests name is replaced where the toolchain serves another. */
  readonly images?: Readonly<Partial<Record<string, string>>>;
  /** What the files say as `${name}`, by name. */
  readonly values?: Readonly<Record<string, string>>;
}

type KubernetesClass = new (name: string, args: never, options: pulumi.CustomResourceOptions) => pulumi.CustomResource;

/** Kinds that have a class of their own in the SDK; all others go through `CustomResource`. */
const CLASSES: Readonly<Record<string, unknown>> = {
  "v1/Namespace": kubernetes.core.v1.Namespace,
  "v1/ServiceAccount": kubernetes.core.v1.ServiceAccount,
  "v1/Service": kubernetes.core.v1.Service,
  "v1/ConfigMap": kubernetes.core.v1.ConfigMap,
  "v1/Pod": kubernetes.core.v1.Pod,
  "apps/v1/Deployment": kubernetes.apps.v1.Deployment,
  "rbac.authorization.k8s.io/v1/ClusterRole": kubernetes.rbac.v1.ClusterRole,
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": kubernetes.rbac.v1.ClusterRoleBinding,
};

/** The objects of some manifest files, each a resource of its own. Children: `<name>-<object>-<kind>`. */
export class Manifests extends pulumi.ComponentResource {
  public constructor(name: string, args: ManifestsArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:cluster:Manifests", name, {}, options);
    const inCluster = objectOptions(args.cluster, this, options);
    for (const object of args.files.flatMap((file) => readManifest(file, args.values))) {
      const kind = CLASSES[`${object.apiVersion}/${object.kind}`] ?? kubernetes.apiextensions.CustomResource;
      const prepared = withoutEndpointWait(withImages(object, args.images ?? {}));
      new (kind as KubernetesClass)(
        `${name}-${object.metadata.name}-${object.kind.toLowerCase()}`,
        prepared as never,
        isClusterNamespace(object) ? asLongAsCluster(inCluster) : inCluster,
      );
    }
    this.registerOutputs({});
  }
}

/**
 * Reads the objects of one YAML file.
 * @param values what the file says as `${name}`, by name; other names stay as they are
 * @throws Error with file and position where it is not YAML
 */
export function readManifest(file: string, values: Readonly<Record<string, string>> = {}): KubernetesObject[] {
  const text = readFileSync(file, "utf8").replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = "errors" in document ? document.errors : [];
    if (error) {
      throw new Error(`${file}: ${error.message}`);
    }
    const object = "toJS" in document ? (document.toJS() as KubernetesObject | null) : null;
    return object === null ? [] : [object];
  });
}

function isClusterNamespace({ kind, metadata }: KubernetesObject): boolean {
  return kind === "Namespace" && ["default", "istio-system"].includes(metadata.name);
}

interface Container {
  name: string;
  image: string;
}

interface PodHolder {
  spec?: { containers?: Container[]; template?: { spec?: { containers?: Container[] } } };
}

/** Puts the toolchain's images in the place of those that a manifest names. */
export function withImages(
  object: KubernetesObject,
  images: Readonly<Partial<Record<string, string>>>,
): KubernetesObject {
  const copy = structuredClone(object);
  const { spec } = copy as PodHolder;
  for (const container of spec?.template?.spec?.containers ?? spec?.containers ?? []) {
    container.image = images[container.name] ?? container.image;
  }
  return copy;
}

/** The provider waits 10 s for the endpoints of each Service; what depends on them is checked by the lab itself. */
function withoutEndpointWait(object: KubernetesObject): KubernetesObject {
  if (object.kind !== "Service") {
    return object;
  }
  const annotations = { ...object.metadata.annotations, "pulumi.com/skipAwait": "true" };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
