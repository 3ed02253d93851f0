/** An object of a cluster as `kubectl get --output json` prints it, as far as it is read. */
export interface FoundObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly deletionTimestamp?: string;
    /** What has to be done before it goes. */
    readonly finalizers?: readonly string[];
    readonly generation?: number;
    readonly labels?: Labels;
    readonly annotations?: Labels;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
    readonly managedFields?: readonly ManagedFields[];
  };
  /** Of a ConfigMap as text, of a Secret as base64. */
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: PodTemplate;
    readonly containers?: readonly Pick<ContainerStatus, "name">[];
    readonly initContainers?: readonly Pick<ContainerStatus, "name">[];
    readonly ports?: readonly { readonly nodePort?: number }[];
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly key: string; readonly effect: string }[];
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly availableReplicas?: number;
    /** Of a Deployment: pods of its newest template, and pods that a rollout still waits for. */
    readonly updatedReplicas?: number;
    readonly unavailableReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly numberAvailable?: number;
    readonly conditions?: readonly Condition[];
    /** Of a pod, e.g. `Running`. */
    readonly phase?: string;
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

type Labels = Readonly<Record<string, string>>;

/** What a pod is made of. */
export interface PodTemplate {
  readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels };
  readonly spec?: { readonly hostNetwork?: boolean };
}

interface ContainerStatus {
  readonly name: string;
  /** Absent if it does not run; the time is in RFC 3339, to the second. */
  readonly state?: { readonly running?: { readonly startedAt: string } };
}

interface ManagedFields {
  readonly manager?: string;
  /** E.g. `scale` or `status`; absent for the object itself. */
  readonly subresource?: string;
  /** `Apply` or `Update`. */
  readonly operation?: string;
  /** When the manager last changed one of them, in RFC 3339, to the second. */
  readonly time?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

interface Condition {
  readonly type: string;
  /** `True`, `False` or `Unknown`. */
  readonly status: string;
  /** For people. */
  readonly message?: string;
}
