import { describe, expect, it } from "vitest";
import type { Manifest } from "../../../infra/toolchain/plugins/kubernetes/manifest";
import { podTroubles } from "../../../infra/toolchain/plugins/kubernetes/readiness/pod";
import type { Readiness } from "../../../infra/toolchain/plugins/kubernetes/readiness/readiness";
import { readinessRuleFor } from "../../../infra/toolchain/plugins/kubernetes/readiness/rules";
import type { PropertyMap } from "../../../infra/toolchain/plugins/rpc/property-value";

/** Feeds an object's versions, in the order in which a cluster showed them, to its kind's rule. */
function statesOf(kind: string, versions: PropertyMap[], companions?: Manifest[], quietMilliseconds = 0): string[] {
  return versions.map((version) => describeReadiness(assess(kind, version, companions, quietMilliseconds)));
}

function assess(kind: string, version: PropertyMap, companions?: Manifest[], quietMilliseconds = 0): Readiness {
  const [apiVersion = "", name = ""] = kind.split(" ");
  const live = { apiVersion, kind: name, ...version };
  const rule = readinessRuleFor(live);
  return rule?.assess({ live, companions, quietMilliseconds }) ?? { state: "ready" };
}

function describeReadiness(readiness: Readiness): string {
  return readiness.state === "ready" ? "ready" : `${readiness.state}: ${readiness.message}`;
}

function conditions(...all: [type: string, status: string, reason?: string, message?: string][]): PropertyMap[] {
  return all.map(([type, status, reason = "", message = ""]) => ({ type, status, reason, message }));
}

describe("a Deployment", () => {
  const first = { annotations: { "deployment.kubernetes.io/revision": "1" }, generation: 1 };
  const second = { annotations: { "deployment.kubernetes.io/revision": "2" }, generation: 2 };
  it("is ready in its first revision when the controller has seen it and all its pods are available", () => {
    const spec = { replicas: 2 };
    expect(
      statesOf("apps/v1 Deployment", [
        { metadata: { generation: 1 }, spec },
        {
          metadata: first,
          spec,
          status: { observedGeneration: 1, updatedReplicas: 2, conditions: conditions(["Available", "False"]) },
        },
        {
          metadata: first,
          spec,
          status: {
            observedGeneration: 1,
            updatedReplicas: 2,
            readyReplicas: 1,
            conditions: conditions(["Available", "True"]),
          },
        },
        {
          metadata: first,
          spec,
          status: {
            observedGeneration: 1,
            updatedReplicas: 2,
            readyReplicas: 2,
            conditions: conditions(["Available", "True"]),
          },
        },
      ]),
    ).toEqual([
      "waiting: Waiting for the controller to see the new version",
      "waiting: Waiting for app ReplicaSet to be available (0/2 Pods available)",
      "waiting: Waiting for app ReplicaSet to be available (1/2 Pods available)",
      "ready",
    ]);
  });
  it("is ready in a later revision only when the rollout is over", () => {
    const status = { observedGeneration: 2, updatedReplicas: 1, readyReplicas: 1 };
    expect(
      statesOf("apps/v1 Deployment", [
        {
          metadata: second,
          status: {
            ...status,
            observedGeneration: 1,
            conditions: conditions(["Available", "True"], ["Progressing", "True", "NewReplicaSetAvailable"]),
          },
        },
        {
          metadata: second,
          status: {
            ...status,
            conditions: conditions(["Available", "True"], ["Progressing", "True", "ReplicaSetUpdated"]),
          },
        },
        {
          metadata: second,
          status: {
            ...status,
            conditions: conditions(["Available", "True"], ["Progressing", "True", "NewReplicaSetAvailable"]),
          },
        },
      ]),
    ).toEqual([
      "waiting: Waiting for the controller to see the new version",
      "waiting: Waiting for app ReplicaSet to be available (1/1 Pods available)",
      "ready",
    ]);
  });
  it("tells why it does not progress", () => {
    const status = {
      observedGeneration: 1,
      conditions: conditions(["Progressing", "False", "ProgressDeadlineExceeded", "it took too long"]),
    };
    expect(statesOf("apps/v1 Deployment", [{ metadata: first, status }])).toEqual([
      "waiting: [ProgressDeadlineExceeded] it took too long",
    ]);
  });
  it("is ready with no pods where none are wanted", () => {
    const status = { observedGeneration: 1, conditions: conditions(["Available", "True"]) };
    expect(statesOf("apps/v1 Deployment", [{ metadata: first, spec: { replicas: 0 }, status }])).toEqual(["ready"]);
  });
});

describe("other workloads", () => {
  const metadata = { generation: 2 };
  const rows: [string, string, PropertyMap[], string[]][] = [
    [
      "a StatefulSet is ready when all pods are and have the newest revision",
      "apps/v1 StatefulSet",
      [
        { metadata, spec: { replicas: 2 }, status: { observedGeneration: 2, readyReplicas: 1 } },
        {
          metadata,
          spec: { replicas: 2 },
          status: {
            observedGeneration: 2,
            readyReplicas: 2,
            updatedReplicas: 1,
            currentRevision: "a",
            updateRevision: "b",
          },
        },
        {
          metadata,
          spec: { replicas: 2 },
          status: {
            observedGeneration: 2,
            readyReplicas: 2,
            updatedReplicas: 2,
            currentRevision: "b",
            updateRevision: "b",
          },
        },
      ],
      [
        "waiting: Waiting for StatefulSet to be ready (1/2 Pods ready)",
        "waiting: Waiting for StatefulSet update to roll out (1/2 Pods updated)",
        "ready",
      ],
    ],
    [
      "a DaemonSet is ready when each node has an available pod of the newest version",
      "apps/v1 DaemonSet",
      [
        { metadata, status: { observedGeneration: 1, desiredNumberScheduled: 2 } },
        {
          metadata,
          status: { observedGeneration: 2, desiredNumberScheduled: 2, updatedNumberScheduled: 1, numberAvailable: 2 },
        },
        {
          metadata,
          status: { observedGeneration: 2, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 },
        },
        {
          metadata,
          status: { observedGeneration: 2, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 },
        },
      ],
      [
        "waiting: Waiting for the controller to see the new version",
        "waiting: Waiting for DaemonSet to roll out (1/2 Pods updated)",
        "waiting: Waiting for DaemonSet to be available (1/2 Pods available)",
        "ready",
      ],
    ],
    [
      "a Job is ready when it is complete",
      "batch/v1 Job",
      [
        { spec: { completions: 3 }, status: { succeeded: 1 } },
        { spec: { completions: 3 }, status: { succeeded: 3, conditions: conditions(["Complete", "True"]) } },
      ],
      ["waiting: Waiting for Job to complete (1/3 Pods succeeded)", "ready"],
    ],
    [
      "a Job that failed does not recover",
      "batch/v1 Job",
      [
        {
          status: {
            conditions: conditions([
              "Failed",
              "True",
              "BackoffLimitExceeded",
              "Job has reached the specified backoff limit",
            ]),
          },
        },
      ],
      ["failed: [BackoffLimitExceeded] Job has reached the specified backoff limit"],
    ],
    [
      "a Pod is ready when its containers are, or when they ended well",
      "v1 Pod",
      [
        { status: {} },
        { status: { phase: "Running", conditions: conditions(["Ready", "False"]) } },
        { status: { phase: "Running", conditions: conditions(["Ready", "True"]) } },
        { status: { phase: "Succeeded" } },
        { status: { phase: "Failed", reason: "Evicted" } },
      ],
      [
        "waiting: Waiting for Pod to be ready (not yet scheduled)",
        "waiting: Waiting for Pod to be ready (Running)",
        "ready",
        "ready",
        "failed: Pod failed: Evicted",
      ],
    ],
    [
      "a Namespace is ready when it is active",
      "v1 Namespace",
      [{}, { status: { phase: "Terminating" } }, { status: { phase: "Active" } }],
      ["waiting: Namespace is not seen yet", "waiting: Namespace is Terminating", "ready"],
    ],
    [
      "a definition is ready when its kind is served, and fails when its names are taken",
      "apiextensions.k8s.io/v1 CustomResourceDefinition",
      [
        { status: {} },
        { status: { conditions: conditions(["NamesAccepted", "True"], ["Established", "True"]) } },
        { status: { conditions: conditions(["NamesAccepted", "False", "PluralConflict", "widgets is in use"]) } },
      ],
      ["waiting: Waiting for the new kind to be served", "ready", "failed: [PluralConflict] widgets is in use"],
    ],
    ["a ConfigMap has nothing to wait for", "v1 ConfigMap", [{}], ["ready"]],
  ];
  it.each(rows)("%s", (_title, kind, versions, expected) => {
    expect(statesOf(kind, versions)).toEqual(expected);
  });
});

describe("a Service", () => {
  const spec = { type: "ClusterIP", clusterIP: "10.0.0.1", selector: { app: "a" } };
  const slice = (...ready: (boolean | "ending")[]): Manifest => ({
    endpoints: ready.map((is) => ({
      conditions: is === "ending" ? { ready: false, terminating: true } : { ready: is },
    })),
  });
  const rows: [string, PropertyMap, Manifest[] | undefined, number, string][] = [
    ["waits for the controller", spec, [], 60_000, "waiting: Finding Pods to direct traffic to"],
    [
      "waits for endpoints that are coming up",
      spec,
      [slice(true, false)],
      60_000,
      "waiting: Waiting for 1 of 2 endpoints to be ready",
    ],
    ["is ready as soon as its endpoints are", spec, [slice(true, true)], 0, "ready"],
    ["does not wait for endpoints that are ending", spec, [slice(true, "ending")], 0, "ready"],
    [
      "gives pods 10 s to come where there are none",
      spec,
      [slice()],
      9_000,
      "waiting: Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match labels on any Pods",
    ],
    ["is ready without pods after that", spec, [slice()], 10_000, "ready"],
    ["without a selector is ready at once", { type: "ClusterIP", clusterIP: "10.0.0.1" }, undefined, 0, "ready"],
    ["that is headless is ready at once", { ...spec, clusterIP: "None" }, undefined, 0, "ready"],
    [
      "that is an external name is ready at once",
      { type: "ExternalName", selector: { a: "b" } },
      undefined,
      0,
      "ready",
    ],
  ];
  it.each(rows)("%s", (_title, service, slices, quiet, expected) => {
    expect(statesOf("v1 Service", [{ spec: service }], slices, quiet)).toEqual([expected]);
  });
  it("of type LoadBalancer waits for its address", () => {
    const balancer = { type: "LoadBalancer", clusterIP: "10.0.0.1" };
    expect(
      statesOf("v1 Service", [
        { spec: balancer, status: { loadBalancer: {} } },
        { spec: balancer, status: { loadBalancer: { ingress: [{ ip: "192.168.10.240" }] } } },
      ]),
    ).toEqual(["waiting: Service was not allocated an IP address; does your cloud provider support this?", "ready"]);
  });
  it("without pods is looked at again when they have had their time", () => {
    expect(assess("v1 Service", { spec }, [slice()], 4_000)).toMatchObject({ settlesInMilliseconds: 6_000 });
  });
});

describe("annotations", () => {
  const gateway = (annotation: PropertyMap, status: PropertyMap = {}): PropertyMap => ({
    metadata: { annotations: annotation },
    status,
  });
  const rows: [string, PropertyMap, string][] = [
    ["skipAwait waits for nothing", gateway({ "pulumi.com/skipAwait": "true" }), "ready"],
    [
      "waitFor a condition",
      gateway({ "pulumi.com/waitFor": "condition=Programmed" }),
      "waiting: Waiting for condition=Programmed",
    ],
    [
      "waitFor a condition that holds",
      gateway({ "pulumi.com/waitFor": "condition=Programmed" }, { conditions: conditions(["Programmed", "True"]) }),
      "ready",
    ],
    [
      "waitFor a field",
      gateway({ "pulumi.com/waitFor": "jsonpath={.status.list[0].ip}=10.0.0.1" }, { list: [{ ip: "10.0.0.1" }] }),
      "ready",
    ],
    [
      "waitFor several",
      gateway({ "pulumi.com/waitFor": '["jsonpath={.status.a}","jsonpath={.status.b}=2"]' }, { a: 1, b: 1 }),
      "waiting: Waiting for jsonpath={.status.b}=2",
    ],
  ];
  it.each(rows)("%s", (_title, version, expected) => {
    expect(statesOf("example.com/v1 Widget", [version])).toEqual([expected]);
  });
  it("skipAwait holds for kinds with a rule of their own", () => {
    expect(statesOf("apps/v1 Deployment", [gateway({ "pulumi.com/skipAwait": "true" })])).toEqual(["ready"]);
  });
  it("an expression that cannot be read is an error", () => {
    expect(() => assess("v1 Pod", gateway({ "pulumi.com/waitFor": "ready" }))).toThrow(
      "expected condition=TYPE[=STATUS]",
    );
  });
});

describe("why a pod is not ready", () => {
  const status = (state: PropertyMap, lastState: PropertyMap = {}): Manifest => ({
    metadata: { name: "web-1" },
    status: { containerStatuses: [{ name: "main", state, lastState }] },
  });
  const rows: [string, Manifest, string[]][] = [
    [
      "an image that cannot be pulled",
      status({ waiting: { reason: "ImagePullBackOff", message: "Back-off pulling image" } }),
      ["[Pod web-1]: containers with unready status: [main] -- [ImagePullBackOff] Back-off pulling image"],
    ],
    [
      "a container that ends again and again",
      status(
        { waiting: { reason: "CrashLoopBackOff" } },
        { terminated: { exitCode: 3, reason: "Error", message: "no config" } },
      ),
      [
        "[Pod web-1]: containers with unready status: [main] -- [CrashLoopBackOff] -- last time: [Error] exit code 3: no config",
      ],
    ],
    [
      "a container that ended",
      status({ terminated: { exitCode: 137, reason: "OOMKilled" } }),
      ["[Pod web-1]: containers with unready status: [main] -- [OOMKilled] exit code 137"],
    ],
    ["an ordinary start is none", status({ waiting: { reason: "ContainerCreating" } }), []],
    [
      "no node to run on",
      {
        metadata: { name: "web-1" },
        status: { conditions: conditions(["PodScheduled", "False", "Unschedulable", "0/1 nodes are available"]) },
      },
      ["[Pod web-1]: [Unschedulable] 0/1 nodes are available"],
    ],
  ];
  it.each(rows)("%s", (_title, pod, expected) => {
    expect(podTroubles(pod)).toEqual(expected);
  });
});
