/** Label of every container, network and volume of a stack: the exact name of the stack. */
export const STACK_LABEL = "istio-lab.stack";

/** Label beside it: the id of the state folder that the stack belongs to. */
export const STATE_LABEL = "istio-lab.state";

/**
 * Label of a container: its own name. Docker copies a container's labels into an image that is made of it, and from there into other containers;
 * only the one that we made still has the name that its label says.
 */
export const NAME_LABEL = "istio-lab.name";

/** Label beside them that only people read: the path of that state folder when the thing was made. */
export const FOLDER_LABEL = "istio-lab.folder";

/** Whose something is: one stack of one state folder. Two users, or two folders of one user, may use the same stack name. */
export interface Owner {
  /** Exact short name of the stack, e.g. `dev`. */
  readonly stack: string;
  /** Id of the state folder: 16 hexadecimal digits, made once and kept in the folder. */
  readonly stateId: string;
  /** Absolute path of the state folder; says where the other lab is, and decides nothing. */
  readonly stateFolder: string;
}

/** Labels, or tags, of a thing by name. */
export type Labels = Readonly<Record<string, string | undefined>>;

/** Whether a thing is this owner's, another owner's, or carries no mark of istio-lab. */
export type Ownership = "ours" | "another's" | "unmarked";

/** The labels that mark a thing as the owner's. */
export function ownerLabels({ stack, stateId, stateFolder }: Owner): Record<string, string> {
  return { [STACK_LABEL]: stack, [STATE_LABEL]: stateId, [FOLDER_LABEL]: stateFolder };
}

/**
 * Tells whose a thing is from its labels. Create, adopt, list, preflight, heal and destroy all ask here: what is not "ours" is never changed or
 * removed, only named.
 */
export function ownershipOf(labels: Labels, { stack, stateId }: Pick<Owner, "stack" | "stateId">): Ownership {
  const [ofStack, ofState] = [labels[STACK_LABEL], labels[STATE_LABEL]];
  if (!ofStack && !ofState) {
    return "unmarked";
  }
  return ofStack === stack && ofState === stateId ? "ours" : "another's";
}

/** The labels of a container without a mark that it has inherited from its image. */
export function withoutInherited<T extends Labels>(container: string, labels: T): T {
  return labels[NAME_LABEL] === container
    ? labels
    : { ...labels, [STACK_LABEL]: undefined, [STATE_LABEL]: undefined, [FOLDER_LABEL]: undefined };
}

/** Names the owner that the labels tell, for a message: `stack "a.b" of the state folder /home/you/labs`. */
export function describeOwner(labels: Labels): string {
  const [stack, folder] = [labels[STACK_LABEL], labels[FOLDER_LABEL]];
  if (!stack) {
    return "something other than istio-lab";
  }
  return `stack "${stack}"${folder ? ` of the state folder ${folder}` : " of an unknown state folder"}`;
}

/**
 * The variables by which a script of infra/scripts knows its owner.
 * @see infra/scripts/lib/owner.sh
 */
export function ownerEnvironment({ stack, stateId, stateFolder }: Owner): Record<string, string> {
  return { STACK: stack, STATE_ID: stateId, STATE_FOLDER: stateFolder };
}
