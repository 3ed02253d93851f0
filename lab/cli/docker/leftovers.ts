import {
  describeOwner,
  FOLDER_LABEL,
  NAME_LABEL,
  ownershipOf,
  STACK_LABEL,
  STATE_LABEL,
  withoutInherited,
  type Labels,
  type Owner,
} from "../../../infra/core/ownership";
import { dockerLines, type DockerEnvironment } from "./docker";

/** Something on this machine's engine. */
export interface EngineThing {
  readonly kind: "container" | "network" | "volume";
  readonly name: string;
  /** A network's id, by which a container's place on it names it; absent for anything else. */
  readonly id?: string;
  /** Docker's word for a container's state: `running`, `paused`, `exited`, `created`, `restarting`, `dead`. */
  readonly state?: string;
  /** Whose it is, in words; for what is not the stack's own. */
  readonly owner?: string;
  /** The stack's network that it is on; for what the stack did not make. */
  readonly network?: string;
  /** The lab's container that it shares something with, e.g. its `network` or its `processes`; for what the stack did not make. */
  readonly shares?: { readonly container: string; readonly what: string };
  /** The name with which the stack made a container that has another one now, by `docker rename` or as a copy by its image. */
  readonly madeAs?: string;
}

/** What of a stack is on this machine's engine, whatever Pulumi's state knows of it. */
export interface Leftovers {
  /** What carries the stack's mark: the stack's own; containers in the order in which they were made. */
  readonly own: readonly EngineThing[];
  /** Containers on the stack's network that the stack did not make. */
  readonly attached: readonly EngineThing[];
  /** What carries the stack's name and another state folder's id, or another name than the one with which the stack made it. */
  readonly namesakes: readonly EngineThing[];
}

/**
 * Finds everything of a stack by its labels.
 * @returns nothing if docker is not installed: then there are no containers either
 * @throws UserError if the engine does not answer: what is left cannot be told then
 */
export async function findLeftovers(owner: Owner, env: DockerEnvironment): Promise<Leftovers> {
  const [containers, networks, volumes] = await Promise.all([
    list(["ps", "--all"], ".Names", env),
    list(["network", "ls", "--no-trunc"], ".Name", env),
    list(["volume", "ls"], ".Name", env),
  ]);
  const all = [
    // Docker lists the newest first.
    ...[...containers].reverse().map((each) => ({ kind: "container" as const, ...each })),
    ...networks.map((each) => ({ kind: "network" as const, ...each })),
    ...volumes.map((each) => ({ kind: "volume" as const, ...each })),
  ];
  // Without a state folder there is no id, and a label without a value is no mark.
  const whose = (labels: Labels) => (owner.stateId === "" ? "another's" : ownershipOf(labels, owner));
  const ownNetworks = networks.filter(({ labels }) => whose(labels) === "ours").map(({ name }) => name);
  const strangers = containers.filter(({ labels }) => whose(labels) !== "ours");
  const isThere = (name: string) => containers.some((each) => each.name === name);
  const renamed = strangers.filter(
    ({ marks }) => whose(marks) === "ours" && marks[NAME_LABEL] && !isThere(marks[NAME_LABEL]),
  );
  const madeAs = (each: Found) => (renamed.includes(each) ? { madeAs: each.marks[NAME_LABEL] ?? "" } : {});
  return {
    own: all
      .filter(({ labels }) => whose(labels) === "ours")
      .map(({ kind, name, state, id }) => ({ kind, name, ...(state ? { state } : {}), ...(id ? { id } : {}) })),
    attached: strangers.flatMap((each) =>
      each.networks
        .filter((network) => ownNetworks.includes(network))
        .map((network) => ({ ...named("container")(each), network, ...madeAs(each) })),
    ),
    namesakes: [
      ...all
        .filter(({ labels }) => whose(labels) === "another's" && labels[STACK_LABEL] === owner.stack)
        .map((each) => named(each.kind)(each)),
      ...renamed.map((each) => ({ ...named("container")(each), ...madeAs(each) })),
    ],
  };
}

/** The names of the containers among some things. */
export function containerNames(things: readonly EngineThing[]): readonly string[] {
  return things.filter(({ kind }) => kind === "container").map(({ name }) => name);
}

/** Every container of this machine's engine, whoever has made it: one question for all stacks. */
export function listContainers(env: DockerEnvironment): Promise<readonly Found[]> {
  return list(["ps", "--all"], ".Names", env);
}

/** Those containers that are the stack's own. Without a state folder there is no id, and nothing is. */
export function ownContainers(owner: Owner, containers: readonly Found[]): readonly Found[] {
  return owner.stateId === "" ? [] : containers.filter(({ labels }) => ownershipOf(labels, owner) === "ours");
}

/** A thing of the engine as the lists show it. */
export interface Found {
  readonly name: string;
  readonly labels: Labels;
  /** Its labels with those that a container may have from its image. */
  readonly marks: Labels;
  /** Names of the networks that a container is on. */
  readonly networks: readonly string[];
  /** Docker's word for a container's state; empty for anything else. */
  readonly state: string;
  /** A network's id; empty for anything else. */
  readonly id: string;
}

function named(kind: EngineThing["kind"]): (found: Found) => EngineThing {
  return ({ name, labels }) => ({ kind, name, owner: describeOwner(labels) });
}

/** Docker prints all labels in one text, in which a comma may mean two things: each is asked for by its name. */
const LABELS = [STACK_LABEL, STATE_LABEL, FOLDER_LABEL, NAME_LABEL];

/** What is asked for beside the labels, by the word of the list. */
const MORE: Readonly<Record<string, readonly string[]>> = { ps: [".Networks", ".State"], network: [".ID"] };

async function list(words: readonly string[], name: string, env: DockerEnvironment): Promise<readonly Found[]> {
  const [ofWhat = ""] = words;
  const cells = [name, ...LABELS.map((label) => `(.Label "${label}")`), ...(MORE[ofWhat] ?? [])];
  const format = `[${cells.map((cell) => `{{json ${cell}}}`).join(",")}]`;
  const lines = await dockerLines([...words, "--format", format], env);
  return lines.map((line) => {
    const [found = "", stack, stateId, folder, label, ...more] = JSON.parse(line) as string[];
    const labels = { [STACK_LABEL]: stack, [STATE_LABEL]: stateId, [FOLDER_LABEL]: folder, [NAME_LABEL]: label };
    const [networks = "", state = ""] = ofWhat === "ps" ? more : [];
    const [id = ""] = ofWhat === "network" ? more : [];
    return {
      name: found,
      labels: ofWhat === "ps" ? withoutInherited(found, labels) : labels,
      marks: labels,
      networks: networks.split(","),
      state,
      id,
    };
  });
}
