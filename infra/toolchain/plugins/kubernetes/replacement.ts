import { isPropertyList, isPropertyMap, type PropertyValue } from "../rpc/property-value";
import { fieldOf, type Manifest } from "./manifest";
import { groupOf, isSecret, objectKindOf } from "./object-kind";
import type { PropertyPath } from "./property-path";

/** Provider settings that decide whether data is changed in place. */
export interface Mutability {
  readonly enableConfigMapMutable: boolean;
  readonly enableSecretMutable: boolean;
}

const identity = ["metadata.name", "metadata.namespace"];
const selector = ["spec.selector"];
const containerFields = [
  "args",
  "command",
  "env",
  "image",
  "imagePullPolicy",
  "lifecycle",
  "livenessProbe",
  "ports",
  "readinessProbe",
  "resources",
  "securityContext",
  "stdin",
  "stdinOnce",
  "terminationMessagePath",
  "terminationMessagePolicy",
  "tty",
  "volumeDevices",
  "volumeMounts",
  "workingDir",
];
const podFields = [
  "affinity",
  "automountServiceAccountToken",
  "dnsConfig",
  "dnsPolicy",
  "enableServiceLinks",
  "hostAliases",
  "hostIPC",
  "hostNetwork",
  "hostPID",
  "hostname",
  "imagePullSecrets",
  "nodeName",
  "nodeSelector",
  "overhead",
  "preemptionPolicy",
  "priority",
  "priorityClassName",
  "readinessGates",
  "restartPolicy",
  "runtimeClassName",
  "schedulerName",
  "securityContext",
  "serviceAccount",
  "serviceAccountName",
  "shareProcessNamespace",
  "subdomain",
  "terminationGracePeriodSeconds",
  "volumes",
];
const volumeSources = [
  "awsElasticBlockStore",
  "azureDisk",
  "azureFile",
  "cephfs",
  "cinder",
  "csi",
  "fc",
  "flexVolume",
  "flocker",
  "gcePersistentDisk",
  "glusterfs",
  "hostPath",
  "iscsi",
  "local",
  "nfs",
  "photonPersistentDisk",
  "portworxVolume",
  "quobyte",
  "rbd",
  "scaleIO",
  "storageos",
  "vsphereVolume",
];

// By group and kind: the fields whose change makes the official provider replace the object. `*` is any item of a list.
const immutableFields: Readonly<Record<string, readonly string[]>> = {
  "apps/DaemonSet": selector,
  "apps/Deployment": selector,
  "apps/StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
    ...selector,
  ],
  "batch/Job": ["spec.completions", "spec.parallelism", "spec.template", ...selector],
  "policy/PodDisruptionBudget": [],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
  "/PersistentVolume": volumeSources.map((source) => `spec.${source}`),
  "/PersistentVolumeClaim": ["spec.accessModes", "spec.storageClassName", "spec.volumeName", ...selector],
  "/Pod": [
    ...podFields.map((field) => `spec.${field}`),
    ...containerFields.flatMap((field) => [`spec.containers.*.${field}`, `spec.initContainers.*.${field}`]),
  ],
  "/ResourceQuota": ["spec.scopes"],
  "/Secret": ["type"],
  "/Service": ["spec.clusterIP"],
};

/**
 * The fields whose change replaces the object, as dotted paths with `*` for any item of a list.
 * @param manifest the new inputs
 */
export function replacingFields(manifest: Manifest, mutability: Mutability): readonly string[] {
  const kind = objectKindOf(manifest);
  const key = `${groupOf(kind.apiVersion)}/${kind.kind}`;
  const immutable = fieldOf(manifest, "immutable") === true;
  if (isSecret(kind) && (!mutability.enableSecretMutable || immutable)) {
    return [...identity, "type", "stringData", "data"];
  }
  if (key === "/ConfigMap" && (!mutability.enableConfigMapMutable || immutable)) {
    return [...identity, "binaryData", "data"];
  }
  return [...identity, ...(immutableFields[key] ?? [])];
}

/**
 * Whether a change touches one of the fields.
 * @param path where the change is
 * @param value the new value there; null where it is deleted
 */
export function touchesField(path: PropertyPath, value: PropertyValue, fields: readonly string[]): boolean {
  return fields.some((field) => touches(path, value, field.split(".")));
}

function touches(path: PropertyPath, value: PropertyValue, field: readonly string[]): boolean {
  const shared = Math.min(path.length, field.length);
  for (let index = 0; index < shared; index += 1) {
    const step = path[index];
    if (field[index] === "*" ? typeof step !== "number" : field[index] !== step) {
      return false;
    }
  }
  return holds(value, field.slice(shared));
}

function holds(value: PropertyValue | undefined, rest: readonly string[]): boolean {
  const [step, ...further] = rest;
  if (step === undefined) {
    return true;
  }
  if (step === "*") {
    return isPropertyList(value) && value.some((item) => holds(item, further));
  }
  return isPropertyMap(value) && value[step] !== undefined && holds(value[step], further);
}
