import * as pulumi from "@pulumi/pulumi";
import { parse, stringify } from "yaml";
import type { KubernetesObject } from "../cluster/manifest-file";

/** What a lab changes of an add-on of Istio's samples. It names nothing that differs between Istio's versions. */
export interface SampleChanges {
  /** Name of its Deployment. */
  readonly deployment: string;
  /** Name of the container that is the add-on itself; others, which reload its configuration, are left out. */
  readonly container: string;
  readonly image: string;
  readonly resources: { readonly requests: Readonly<Record<string, string>>; readonly limits?: Record<string, string> };
  /** Node port of a Service's first port, by name of the Service. */
  readonly nodePorts: Readonly<Record<string, number>>;
  /** A file in a ConfigMap, and what becomes of what it says. */
  readonly settings?: ConfigMapFile & { readonly change: (settings: Settings) => Settings };
  /** Whether Pulumi waits until it is ready. Default: it does. */
  readonly isAwaited?: boolean;
}

/** A file in a ConfigMap. */
export interface ConfigMapFile {
  readonly configMap: string;
  readonly file: string;
}

/** What a YAML file says. */
export type Settings = Readonly<Record<string, unknown>>;

interface Service {
  readonly ports: readonly Settings[];
}

interface Deployment {
  readonly template: { readonly spec: { readonly containers: readonly Container[] } };
}

interface Container {
  readonly name: string;
  readonly resources?: Settings;
  readonly readinessProbe?: Settings;
  readonly startupProbe?: unknown;
}

/**
 * The objects of an add-on with a lab's changes.
 * @param objects as Istio's sample has them
 * @param from where they are, for the message
 * @throws RunError if the sample has nothing of a name that is to be changed
 */
export function changedSample(
  objects: readonly KubernetesObject[],
  changes: SampleChanges,
  from: string,
): KubernetesObject[] {
  const { deployment, container, nodePorts, settings } = changes;
  const wanted = [
    `container ${container} of Deployment ${deployment}`,
    ...Object.keys(nodePorts).map((name) => `a port of Service ${name}`),
    ...(settings === undefined ? [] : [`${settings.file} of ConfigMap ${settings.configMap}`]),
  ];
  const found: string[] = [];
  const changed = objects.map((object) => {
    const [what, change] = changeOf(object, changes) ?? [];
    if (what === undefined || change === undefined) {
      return object;
    }
    found.push(what);
    return change;
  });
  const missing = wanted.filter((what) => !found.includes(what));
  if (missing.length > 0) {
    throw new pulumi.RunError(`${from}: ${missing.join(", ")} wanted, and Istio's sample has none`);
  }
  return changed;
}

/** What was looked for in an object, and the object with the change; nothing if there is none of it. */
function changeOf(object: KubernetesObject, changes: SampleChanges): readonly [string, KubernetesObject] | undefined {
  const { name } = object.metadata;
  const { deployment, container, nodePorts, settings } = changes;
  const nodePort = nodePorts[name];
  if (object.kind === "Service" && nodePort !== undefined) {
    const changed = withNodePort(object, nodePort);
    return changed && [`a port of Service ${name}`, changed];
  }
  if (object.kind === "Deployment" && name === deployment) {
    const changed = withOneContainer(object, changes);
    return changed && [`container ${container} of Deployment ${name}`, changed];
  }
  if (object.kind === "ConfigMap" && settings?.configMap === name) {
    const changed = withSettings(object, settings.file, settings.change);
    return changed && [`${settings.file} of ConfigMap ${name}`, changed];
  }
  return undefined;
}

function withNodePort(object: KubernetesObject, nodePort: number): KubernetesObject | undefined {
  const spec = object["spec"] as Service;
  const [first, ...others] = spec.ports;
  return first && { ...object, spec: { ...spec, type: "NodePort", ports: [{ ...first, nodePort }, ...others] } };
}

function withOneContainer(object: KubernetesObject, changes: SampleChanges): KubernetesObject | undefined {
  const spec = object["spec"] as Deployment;
  const pod = spec.template.spec;
  const own = pod.containers.find(({ name }) => name === changes.container);
  if (own === undefined) {
    return undefined;
  }
  const containers = [small(own, changes)];
  const { metadata } = object;
  const annotations = { ...metadata.annotations, "pulumi.com/skipAwait": "true" };
  return {
    ...object,
    metadata: changes.isAwaited === false ? { ...metadata, annotations } : metadata,
    spec: { ...spec, template: { ...spec.template, spec: { ...pod, containers } } },
  };
}

/** A probe of the samples first looks after up to 30 s, and then every 30 s: a lab is used before that. */
function small({ startupProbe: _, ...container }: Container, { image, resources }: SampleChanges): unknown {
  return {
    ...container,
    image,
    imagePullPolicy: "IfNotPresent",
    resources: { ...container.resources, ...resources },
    readinessProbe: { ...container.readinessProbe, initialDelaySeconds: 0, periodSeconds: 2 },
  };
}

/**
 * A ConfigMap with another content of one of its files.
 * @returns undefined if it has no such file
 */
export function withSettings(
  object: KubernetesObject,
  file: string,
  change: (settings: Settings) => Settings,
): KubernetesObject | undefined {
  const data = object["data"] as Readonly<Record<string, string>>;
  const text = data[file];
  return text === undefined
    ? undefined
    : { ...object, data: { ...data, [file]: stringify(change((parse(text) ?? {}) as Settings)) } };
}
