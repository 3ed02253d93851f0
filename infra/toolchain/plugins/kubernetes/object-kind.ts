import { apiVersionOf, kindOf, type Manifest } from "./manifest";

/** What an object is, e.g. `networking.istio.io/v1beta1` and `Gateway`; the core group's apiVersion is `v1`. */
export interface ObjectKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Whether objects of a kind live in namespaces. */
export type Scope = "namespaced" | "cluster";

// Groups that Kubernetes itself serves. A group of a custom resource may end in .k8s.io too (gateway.networking.k8s.io).
const builtInGroups: ReadonlySet<string> = new Set([
  "",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "apps",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "extensions",
  "flowcontrol.apiserver.k8s.io",
  "networking.k8s.io",
  "node.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
]);

// Source: `kubectl api-resources --namespaced=false`.
const clusterKinds: ReadonlySet<string> = new Set([
  "APIService",
  "CertificateSigningRequest",
  "ClusterRole",
  "ClusterRoleBinding",
  "ComponentStatus",
  "CSIDriver",
  "CSINode",
  "CustomResourceDefinition",
  "FlowSchema",
  "IngressClass",
  "MutatingWebhookConfiguration",
  "Namespace",
  "Node",
  "PersistentVolume",
  "PriorityClass",
  "PriorityLevelConfiguration",
  "RuntimeClass",
  "StorageClass",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
  "VolumeAttachment",
]);

// Source: `kubectl api-resources --namespaced=true`.
const namespacedKinds: ReadonlySet<string> = new Set([
  "Binding",
  "ConfigMap",
  "ControllerRevision",
  "CronJob",
  "CSIStorageCapacity",
  "DaemonSet",
  "Deployment",
  "Endpoints",
  "EndpointSlice",
  "Event",
  "HorizontalPodAutoscaler",
  "Ingress",
  "Job",
  "Lease",
  "LimitRange",
  "NetworkPolicy",
  "PersistentVolumeClaim",
  "Pod",
  "PodDisruptionBudget",
  "PodTemplate",
  "ReplicaSet",
  "ReplicationController",
  "ResourceQuota",
  "Role",
  "RoleBinding",
  "Secret",
  "Service",
  "ServiceAccount",
  "StatefulSet",
]);

/** The group of an apiVersion; "" for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** Whether Kubernetes itself serves the apiVersion, i.e. it does not come from a CustomResourceDefinition. */
export function isBuiltIn(apiVersion: string): boolean {
  return builtInGroups.has(groupOf(apiVersion));
}

/** The scope of a kind that Kubernetes itself serves; undefined for all others. */
export function knownScope({ apiVersion, kind }: ObjectKind): Scope | undefined {
  if (!isBuiltIn(apiVersion)) {
    return undefined;
  }
  if (clusterKinds.has(kind)) {
    return "cluster";
  }
  return namespacedKinds.has(kind) ? "namespaced" : undefined;
}

/** What the manifest says it is. */
export function objectKindOf(manifest: Manifest): ObjectKind {
  return { apiVersion: apiVersionOf(manifest), kind: kindOf(manifest) };
}

/** Whether the object defines a kind of custom resource. */
export function isResourceDefinition({ apiVersion, kind }: ObjectKind): boolean {
  return groupOf(apiVersion) === "apiextensions.k8s.io" && kind === "CustomResourceDefinition";
}

/** Whether the object is a core Secret. */
export function isSecret({ apiVersion, kind }: ObjectKind): boolean {
  return groupOf(apiVersion) === "" && kind === "Secret";
}

/**
 * The kind behind a resource's type token, e.g. `kubernetes:core/v1:Namespace`.
 * @throws Error where the token is not `kubernetes:GROUP/VERSION:KIND`
 */
export function objectKindOfType(type: string): ObjectKind {
  const [module, apiVersion, kind] = type.split(":");
  const [group, version, ...more] = (apiVersion ?? "").split("/");
  if (module !== "kubernetes" || !kind || !group || !version || more.length > 0) {
    throw new Error(`type token ${type}: expected kubernetes:GROUP/VERSION:KIND, e.g. kubernetes:core/v1:Namespace`);
  }
  return { apiVersion: group === "core" ? version : `${group}/${version}`, kind };
}

/**
 * Whether the type manages only some fields of an object that somebody else owns (`NamespacePatch`).
 * @param kind `kind` of the inputs: a custom resource's own kind may end in Patch
 */
export function isPatchType(type: string, kind: string): boolean {
  const name = type.split(":")[2] ?? "";
  return name.endsWith("Patch") && name !== kind;
}
