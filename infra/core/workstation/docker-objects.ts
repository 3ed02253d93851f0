import { FOLDER_LABEL, NAME_LABEL, STACK_LABEL, STATE_LABEL, withoutInherited } from "../ownership";
import type { Surroundings } from "./surroundings";

/** Labels of a Docker object by name, those that decide anything here. */
export type Labels = Readonly<Record<string, string | undefined>>;

/** A container of the engine. */
export interface Container {
  readonly name: string;
  readonly labels: Labels;
  readonly isRunning: boolean;
  /** TCP ports of 127.0.0.1 that it publishes; none if it does not run. */
  readonly ports: readonly number[];
}

/** A network of the engine. */
export interface Network {
  readonly name: string;
  readonly labels: Labels;
  /** The bridge that Docker makes for it on its machine. */
  readonly device: string;
}

/** The label by which kind knows its nodes; its value is the cluster's name. */
const KIND_LABEL = "io.x-k8s.kind.cluster";

const LABELS = [STACK_LABEL, STATE_LABEL, FOLDER_LABEL, NAME_LABEL, KIND_LABEL] as const;
const LABEL_FIELDS = LABELS.map((label) => `{{.Label "${label}"}}`);

/**
 * Lists all containers of the engine, those that are stopped too.
 * @returns a text if the engine does not answer: what the client said
 */
export async function listContainers({ ask }: Pick<Surroundings, "ask">): Promise<readonly Container[] | string> {
  const format = ["{{.Names}}", "{{.State}}", "{{.Ports}}", ...LABEL_FIELDS].join("\t");
  const { ok, stdout, stderr, startProblem } = await ask("docker", ["ps", "--all", "--format", format]);
  return ok ? rows(stdout).map(containerOf) : (startProblem ?? stderr.trim().split("\n").at(-1) ?? "");
}

/** Lists all networks of the engine; none if it does not answer. */
export async function listNetworks({ ask }: Pick<Surroundings, "ask">): Promise<readonly Network[]> {
  const format = ["{{.ID}}", "{{.Name}}", ...LABEL_FIELDS].join("\t");
  const { stdout } = await ask("docker", ["network", "ls", "--format", format]);
  return rows(stdout).map(([id = "", name = "", ...labels]) => ({
    name,
    labels: labelsOf(labels),
    device: `br-${id}`,
  }));
}

/** The kind cluster of which kind takes the container for a node, whoever made it; undefined if it is none. */
export function clusterOf({ labels }: Pick<Container, "labels">): string | undefined {
  return labels[KIND_LABEL];
}

/** Is the container the node of a kind cluster, whoever owns it? */
export function isNode({ labels }: Pick<Container, "labels">): boolean {
  return clusterOf({ labels }) !== undefined;
}

function rows(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
}

function containerOf([name = "", state = "", ports = "", ...labels]: readonly string[]): Container {
  const isRunning = state === "running" || state === "paused";
  const own = withoutInherited(name, labelsOf(labels));
  return { name, labels: own, isRunning, ports: isRunning ? loopbackPorts(ports) : [] };
}

function labelsOf(values: readonly string[]): Labels {
  const named = LABELS.map((label, index) => [label, values[index] ?? ""] as const);
  return Object.fromEntries(named.filter(([, value]) => value !== ""));
}

/**
 * The ports of 127.0.0.1 among published ones. What is published on another address of the machine, or over UDP, is in nobody's way.
 * @param text e.g. `127.0.0.1:30000-30007->30000-30007/tcp, :::80->80/tcp`
 */
export function loopbackPorts(text: string): number[] {
  const published = text.matchAll(/(?:^|\s)(?:0\.0\.0\.0|127\.0\.0\.1):(\d+)(?:-(\d+))?->[\d-]+\/tcp/g);
  return [...published].flatMap(([, first = "", last = first]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index),
  );
}
