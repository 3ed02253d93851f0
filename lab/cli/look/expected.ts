import { readMade, type MadeObject, type ObjectName } from "../../../infra/core/made";
import type { LabOutputs } from "../../program/outputs";
import { environmentOf, type StateResource } from "../pulumi/checkpoint-shape";
import { objectOf, specOf, uidOf } from "./resource-object";

/** Something on this machine's engine that a step of the stack has made. */
export interface ExpectedThing {
  readonly urn: string;
  readonly kind: "container" | "network";
  readonly name: string;
  /** The kubeconfig of the cluster whose node it is. */
  readonly kubeconfigFile?: string;
  /** The network that a container is on. */
  readonly network?: string;
  /** The IPv4 address that it was given there; absent for a cluster's node, to which Docker gives one. */
  readonly address?: string;
  /** A network's place, as docker-network-ensure.sh takes it: `CIDR RANGE GATEWAY`. */
  readonly place?: string;
}

/** An object that the stack has made in one of its clusters. */
export interface ExpectedObject {
  readonly urn: string;
  /** Absolute path of the cluster's kubeconfig. */
  readonly kubeconfigFile: string;
  readonly object: ObjectName;
  /** How many replicas its manifest asks for. Absent if it does not say: then it is one, or none can be asked for. */
  readonly replicas?: number;
  /** The node ports that a Service must have. Absent if it need not have any. */
  readonly nodePorts?: readonly number[];
  /** The labels that a Namespace must have. Absent if it need not have any. */
  readonly labels?: Readonly<Record<string, string>>;
  /** By which the cluster tells it from a later one of its name. Absent for the work of a tool. */
  readonly uid?: string;
  /** The manifest of a workload says that its pods want no sidecar. */
  readonly refusesSidecar?: boolean;
  /** It is a resource of Pulumi's own, and no work of a tool that a step runs. */
  readonly isResource?: boolean;
}

/** All that must be there as long as the stack exists, each with the resource that recreates it. */
export interface Expected {
  readonly things: readonly ExpectedThing[];
  readonly objects: readonly ExpectedObject[];
}

/**
 * What Pulumi's state says that the stack has made.
 * @param clusters of the stack's outputs: where the objects are
 */
export function expectedOf(resources: readonly StateResource[], clusters: LabOutputs["clusters"]): Expected {
  const made = resources.flatMap(({ urn, inputs, outputs }) => {
    const environment = environmentOf(inputs);
    const makes = readMade(environment);
    return makes === undefined ? [] : [{ urn, makes, environment, stdout: outputs?.["stdout"] }];
  });
  const kubeconfigs = kubeconfigFiles(resources, clusters);
  return {
    things: made.flatMap(({ urn, makes, environment, stdout }) => {
      switch (makes.kind) {
        case "objects":
          return [];
        case "network":
          return [{ urn, ...makes, ...networkPlace(environment, stdout) }];
        case "container":
          return [{ urn, ...makes, ...containerPlace(environment) }];
      }
    }),
    objects: [
      ...made.flatMap(({ urn, makes, environment }) => {
        const { kubeconfigFile } = kubeconfigIn(environment, "KUBECONFIG");
        return makes.kind === "objects" && kubeconfigFile !== undefined
          ? makes.objects.map((made) => ({ urn, kubeconfigFile, ...portedObject(made) }))
          : [];
      }),
      ...resources.flatMap((resource) => {
        const kubeconfigFile = kubeconfigs.get(providerUrn(resource));
        const object = kubeconfigFile === undefined ? undefined : objectOf(resource);
        return kubeconfigFile === undefined || object === undefined
          ? []
          : [{ urn: resource.urn, kubeconfigFile, object, ...specOf(resource), ...uidOf(resource), isResource: true }];
      }),
    ],
  };
}

type Environment = Readonly<Record<string, unknown>> | undefined;

/** The one of its candidates that the step's answer names. */
function networkPlace(environment: Environment, stdout: unknown): Pick<ExpectedThing, "place"> {
  const candidates = environment?.["CANDIDATES"];
  if (typeof candidates !== "string" || typeof stdout !== "string") {
    return {};
  }
  const { cidr } = JSON.parse(stdout) as { readonly cidr: string };
  const place = candidates.split("\n").find((candidate) => candidate.startsWith(`${cidr} `));
  return place === undefined ? {} : { place };
}

function containerPlace(environment: Environment): Pick<ExpectedThing, "kubeconfigFile" | "network" | "address"> {
  const { NETWORK: network, ADDRESS: address } = { ...environment };
  return {
    ...kubeconfigIn(environment, "KUBECONFIG_FILE"),
    ...(typeof network === "string" ? { network } : {}),
    ...(typeof address === "string" ? { address } : {}),
  };
}

function kubeconfigIn(environment: Environment, variable: string): { readonly kubeconfigFile?: string } {
  const file = environment?.[variable];
  return typeof file === "string" ? { kubeconfigFile: file } : {};
}

/** The state writes a provider as `URN::id`. */
function providerUrn({ provider }: StateResource): string {
  return provider?.slice(0, provider.lastIndexOf("::")) ?? "";
}

/** Kubeconfig files by the URN of the provider that makes a cluster's objects: kind puts `kind-` before a cluster's name to name its context. */
function kubeconfigFiles(
  resources: readonly StateResource[],
  clusters: LabOutputs["clusters"],
): ReadonlyMap<string, string> {
  const providers = resources.filter(({ type }) => type === "pulumi:providers:kubernetes");
  return new Map(
    providers.flatMap(({ urn, inputs }) => {
      const name = inputs?.["clusterIdentifier"];
      const cluster = clusters.find(({ context }) => context === name || context === `kind-${String(name)}`);
      return cluster === undefined ? [] : [[urn, cluster.kubeconfigFile] as const];
    }),
  );
}

function portedObject({ nodePorts, ...object }: MadeObject): Pick<ExpectedObject, "object" | "nodePorts"> {
  return { object, ...(nodePorts ? { nodePorts } : {}) };
}
