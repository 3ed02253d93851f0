import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "./cluster";
import { readManifest, type KubernetesObject, type ManifestValues } from "./manifest-file";
import { asLongAsCluster, objectOptions } from "./object-options";

/** What decides how manifests are applied. */
export interface ManifestsArgs {
  readonly cluster: Cluster;
  /** Absolute paths of YAML files. */
  readonly files: readonly string[];
  /** Images by container name: what the manifests name is replaced if the toolchain serves another. */
  readonly images?: Readonly<Partial<Record<string, string>>>;
  /** What the files say as `${name}`, by name. */
  readonly values?: ManifestValues;
  /** Objects beside those of the files, made as they are. Default none. */
  readonly objects?: readonly KubernetesObject[];
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
  "rbac.authorization.k8s.io/v1/Role": kubernetes.rbac.v1.Role,
  "rbac.authorization.k8s.io/v1/RoleBinding": kubernetes.rbac.v1.RoleBinding,
  "rbac.authorization.k8s.io/v1/ClusterRole": kubernetes.rbac.v1.ClusterRole,
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": kubernetes.rbac.v1.ClusterRoleBinding,
};

/** The objects of some manifests, each a resource of its own. Children: `<name>-<object>-<kind>`. */
export class Manifests extends pulumi.ComponentResource {
  public constructor(name: string, args: ManifestsArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:cluster:Manifests", name, {}, options);
    const read = args.files.flatMap((file) => readManifest(file, args.values));
    const objects = [...read.map((object) => withImages(object, args.images ?? {})), ...(args.objects ?? [])];
    const inCluster = objectOptions(args.cluster, this, options);
    const settings = objects.filter(isSettings).map((object) => make(name, object, inCluster));
    // A pod that comes before its settings waits longer for them than they take.
    const afterSettings = pulumi.mergeOptions(inCluster, { dependsOn: settings });
    objects.filter((object) => !isSettings(object)).forEach((object) => make(name, object, afterSettings));
    this.registerOutputs({});
  }
}

function make(name: string, object: KubernetesObject, options: pulumi.CustomResourceOptions): pulumi.Resource {
  const kind = CLASSES[`${object.apiVersion}/${object.kind}`] ?? kubernetes.apiextensions.CustomResource;
  return new (kind as KubernetesClass)(
    `${name}-${object.metadata.name}-${object.kind.toLowerCase()}`,
    withoutEndpointWait(object) as never,
    isClusterNamespace(object) ? asLongAsCluster(options) : options,
  );
}

function isSettings({ kind }: KubernetesObject): boolean {
  return kind === "ConfigMap";
}

function isClusterNamespace({ kind, metadata }: KubernetesObject): boolean {
  return kind === "Namespace" && ["default", "istio-system"].includes(metadata.name);
}

interface PodHolder {
  spec?: { containers?: unknown; template?: { spec?: { containers?: unknown } | null } | null } | null;
}

/** Puts the toolchain's images in place of those that a manifest names. What is no list of containers is left to the API server to refuse. */
export function withImages(
  object: KubernetesObject,
  images: Readonly<Partial<Record<string, string>>>,
): KubernetesObject {
  const copy = structuredClone(object);
  const { spec } = copy as PodHolder;
  const containers = spec?.template?.spec?.containers ?? spec?.containers;
  for (const container of Array.isArray(containers) ? (containers as unknown[]) : []) {
    if (isContainer(container)) {
      container.image = images[container.name] ?? container.image;
    }
  }
  return copy;
}

function isContainer(value: unknown): value is { name: string; image: unknown } {
  return typeof (value as { name?: unknown } | null)?.name === "string";
}

/** The provider waits 10 s for the endpoints of each Service; what depends on them is checked by the lab itself. */
function withoutEndpointWait(object: KubernetesObject): KubernetesObject {
  if (object.kind !== "Service") {
    return object;
  }
  const annotations = { ...object.metadata.annotations, "pulumi.com/skipAwait": "true" };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
