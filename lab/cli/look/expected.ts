import { readMade, type ObjectName } from "../../../infra/core/made";
import type { LabOutputs } from "../../outputs";
import type { StateResource } from "../checkpoint";

/** Something on this machine's engine that a step of the stack has made. */
export interface ExpectedThing {
  readonly urn: string;
  readonly kind: "container" | "network";
  readonly name: string;
  /** The kubeconfig of the cluster whose node it is. */
  readonly kubeconfigFile?: string;
}

/** An object that the stack has made in one of its clusters. */
export interface ExpectedObject {
  readonly urn: string;
  /** Absolute path of the cluster's kubeconfig. */
  readonly kubeconfigFile: string;
  readonly object: ObjectName;
}

/** All that must be there as long as the stack stands, each with the resource that makes it anew. */
export interface Expected {
  readonly things: readonly ExpectedThing[];
  readonly objects: readonly ExpectedObject[];
}

/**
 * What Pulumi's state says that the stack has made.
 * @param clusters of the stack's outputs: where the objects are
 */
export function expectedOf(resources: readonly StateResource[], clusters: LabOutputs["clusters"]): Expected {
  const made = resources.flatMap((resource) => {
    const environment = resource.inputs?.["environment"] as Readonly<Record<string, unknown>> | undefined;
    const makes = readMade(environment);
    return makes === undefined ? [] : [{ urn: resource.urn, makes, environment }];
  });
  const kubeconfigs = kubeconfigFiles(resources, clusters);
  return {
    things: made.flatMap(({ urn, makes, environment }) =>
      makes.kind === "objects" ? [] : [{ urn, ...makes, ...kubeconfigIn(environment, "KUBECONFIG_FILE") }],
    ),
    objects: [
      ...made.flatMap(({ urn, makes, environment }) => {
        const { kubeconfigFile } = kubeconfigIn(environment, "KUBECONFIG");
        return makes.kind === "objects" && kubeconfigFile !== undefined
          ? makes.objects.map((object) => ({ urn, kubeconfigFile, object }))
          : [];
      }),
      ...resources.flatMap((resource) => {
        const kubeconfigFile = kubeconfigs.get(providerUrn(resource));
        const object = kubeconfigFile === undefined ? undefined : objectOf(resource);
        return kubeconfigFile === undefined || object === undefined
          ? []
          : [{ urn: resource.urn, kubeconfigFile, object }];
      }),
    ],
  };
}

function kubeconfigIn(
  environment: Readonly<Record<string, unknown>> | undefined,
  variable: string,
): { readonly kubeconfigFile?: string } {
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

function objectOf({ type, inputs }: StateResource): ObjectName | undefined {
  const metadata = inputs?.["metadata"] as { readonly name?: unknown; readonly namespace?: unknown } | undefined;
  const [apiVersion, kind] = [inputs?.["apiVersion"], inputs?.["kind"]];
  if (!type.startsWith("kubernetes:") || typeof apiVersion !== "string" || typeof kind !== "string") {
    return undefined;
  }
  const { name, namespace } = metadata ?? {};
  return typeof name !== "string"
    ? undefined
    : { apiVersion, kind, name, ...(typeof namespace === "string" ? { namespace } : {}) };
}
