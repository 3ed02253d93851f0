import { placeOf } from "../cloud/state";
import { tagText, type AwsLeft } from "../cloud/left";
import { checkpointFile, lacksPassphrase } from "../pulumi/backend";
import { knownResources, type Checkpoint } from "../pulumi/checkpoint";
import { describeProblem } from "../pulumi/unreadable-state";
import type { EngineThing, Leftovers } from "../docker/leftovers";
import type { Session } from "../pulumi/session";
import type { SharedVolume } from "../docker/shared-volumes";
import { hasStackFiles } from "../stack/stack-files";
import { say } from "../ui/terminal";
import { UserError } from "../ui/user-error";

/** There is no such stack; what looks like one, and is another state folder's, is named and left alone. */
export function nothingThere(stack: string, namesakes: readonly EngineThing[]): string {
  const lines = namesakes.map((each) => `  ${describeNamesake(each)}`);
  const more =
    lines.length === 0
      ? "; npm run lab -- list shows those that exist"
      : ". Of that name, but not of this state folder, and so left alone:";
  return [`stack ${stack}: there is no such stack, and nothing was removed${more}`, ...lines].join("\n");
}

/**
 * Refuses a removal that containers of somebody else's would not survive, or that Docker refuses because of them.
 * @param undone what is then said, e.g. `nothing was removed`
 * @param others containers on the stack's networks or with something of its containers, that the stack did not make
 * @throws UserError that names them, and what frees each
 */
export function assertNobodyHangsOn(stack: string, undone: string, others: readonly EngineThing[]): void {
  if (others.length > 0) {
    throw new UserError(
      [
        `stack ${stack}: ${undone}, since containers that are not known as the lab's depend on what would be removed: ${listed(others)}`,
        ...others.map((one) => `  ${freedBy(one)}`),
      ].join("\n"),
    );
  }
}

function freedBy({ name, network = "", shares, madeAs }: EngineThing): string {
  if (shares !== undefined) {
    return `${name} shares the ${shares.what} of ${shares.container} and cannot go on without it; remove it: docker rm --force ${name}`;
  }
  return madeAs === undefined
    ? `disconnect it: docker network disconnect --force ${network} ${name}`
    : `it was made as ${madeAs}; give it its name back: docker rename ${name} ${madeAs}`;
}

/** What looks like the stack's own and is left alone, with the reason. */
export function describeNamesake({ kind, name, owner, madeAs }: EngineThing): string {
  return madeAs === undefined
    ? `${kind} ${name} of ${owner ?? "nobody"}`
    : `${kind} ${name}, which was made as ${madeAs}; if it is the lab's: docker rename ${name} ${madeAs}`;
}

/** What a destroy of the stack removes, a line each. */
export function removalOf(session: Session, { own }: Pick<Leftovers, "own">): readonly string[] {
  const place = placeOf(session);
  const resources = knownResources(session).length;
  return [
    ...(place === undefined ? [] : [`AWS ${place.region}: what is tagged ${tagText(place)}`]),
    ...own.map(({ kind, name }) => `${kind} ${name}`),
    ...(hasStackFiles(session) ? [`keys and kubeconfigs in ${session.stackFolder}`] : []),
    ...(resources > 0 ? [`${resources} resources in Pulumi's state`] : []),
  ];
}

/** How a destroy ended. */
export interface Destroyed {
  /** How many things were removed that Pulumi's state did not know. */
  readonly swept: number;
  /** Files in the stack's folder that the lab did not make. */
  readonly kept: readonly string[];
  /** Volumes that other containers use, too. */
  readonly shared: readonly SharedVolume[];
  readonly onAws: AwsLeft | undefined;
}

/** Tells how a destroy ended. */
export function reportDestroyed({ stack }: Session, { swept, kept, shared, onAws }: Destroyed, json: boolean): void {
  if (json) {
    const left = shared.length;
    say(JSON.stringify({ stack, swept, kept, shared, left, ...(onAws ? { aws: onAws } : {}) }));
    return;
  }
  if (onAws !== undefined) {
    say(`AWS ${onAws.region}, asked for what is tagged ${onAws.tags}: ${onAws.left} resources`);
  }
  if (kept.length > 0) {
    say(`kept, since the lab did not make it: ${kept.join(", ")}`);
  }
  for (const { name, usedBy } of shared) {
    const users = usedBy.join(", ") || "nobody now";
    say(
      `volume ${name} is still there, since Docker keeps it for others: ${users}; docker volume rm ${name} removes it`,
    );
  }
  const gone = shared.length === 0 ? "container, network, volume or file" : "container, network or file";
  say(`stack ${stack}: destroyed; no ${gone} of it is left`);
}

/** Names things in one line. */
export function listed(things: readonly EngineThing[]): string {
  return things.map(({ kind, name }) => `${kind} ${name}`).join(", ");
}

/** What keeps pulumi from working on the stack's file in our own backend. */
export function obstacleOf(
  { backend, stack }: Session,
  checkpoint: Checkpoint,
): { readonly file: string; readonly reason: string } | undefined {
  if (checkpoint.state === "damaged") {
    return { file: checkpoint.file, reason: describeProblem(checkpoint) };
  }
  const { ownFolder } = backend;
  return ownFolder !== undefined && lacksPassphrase(ownFolder)
    ? { file: checkpointFile(ownFolder, stack), reason: `the passphrase of its state in ${ownFolder} is missing` }
    : undefined;
}
