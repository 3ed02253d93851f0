import { ownedName } from "../../../infra/core/names";
import { accessOutput } from "../access";
import { ensureBackend } from "../backend";
import { stateResources } from "../checkpoint";
import { STACK_TYPE } from "../engine-events";
import { clearInterrupted } from "../interrupted";
import { count, findLeftovers, removeLeftovers } from "../leftovers";
import { UpdateProgress } from "../progress";
import { INTERRUPTED, runUpdate } from "../pulumi";
import { openSession, updateArguments, updateOptions, type Session } from "../session";
import { forgetStack, removeStackFiles } from "../stack-files";
import { writeStackConfig } from "../stack-project";
import { say, tell, terminalOf } from "../terminal";
import { awaitEmpty } from "../cloud/inventory";
import { placeOf, type CloudPlace } from "../cloud/state";
import { ensureTools } from "../tools";
import { UserError } from "../user-error";

/** Options of `destroy`. */
export interface DestroyOptions {
  readonly stack?: string;
  readonly json?: boolean;
}

/** `destroy`: removes a lab by Pulumi, then by label what Pulumi's state does not know, then the files. */
export async function destroy(options: DestroyOptions): Promise<void> {
  const session = openSession(options.stack);
  const { stack } = session;
  const clusters = clusterNames(session);
  const stackIsThere = hasStack(session);
  const place = placeOf(session);
  if (stackIsThere) {
    await ensureTools();
    ensureBackend();
    writeStackConfig(stack);
    await clearInterrupted(session);
    await destroyByPulumi(session, clusters);
  }
  const onAws = place === undefined ? undefined : await assertNothingOnAws(session, place);
  const swept = await sweep(session, clusters);
  removeStackFiles(session);
  const left = await findLeftovers(stack, clusters, session.env);
  if (count(left) > 0) {
    throw new UserError(`stack ${stack}: still there: ${JSON.stringify(left)}`);
  }
  const removedNothing = !stackIsThere && swept === 0;
  if (options.json) {
    say(JSON.stringify({ stack, wasThere: !removedNothing, swept, left: 0, ...(onAws ? { aws: onAws } : {}) }));
    return;
  }
  if (onAws !== undefined) {
    say(`AWS ${onAws.region}, asked for what is tagged ${onAws.tags}: ${onAws.left} resources`);
  }
  say(
    `stack ${stack}: ${removedNothing ? "was not there; " : ""}nothing is left: no container, network, volume or file`,
  );
}

/** What a tag query has found after a destroy. */
interface AwsLeft {
  readonly region: string;
  readonly tags: string;
  readonly left: number;
}

/** @throws UserError that names what AWS still has of the stack */
async function assertNothingOnAws(session: Session, place: CloudPlace): Promise<AwsLeft> {
  const { resources } = await awaitEmpty(session, place);
  if (resources.length > 0) {
    const list = resources.map(({ arn, tags }) => `${arn} (${tags["Name"] ?? ""})`);
    throw new UserError(`stack ${session.stack}: AWS still has, and bills:\n${list.join("\n")}`);
  }
  const tags = Object.entries(place.tags).map(([key, value]) => `${key}=${value}`);
  return { region: place.region, tags: tags.join(", "), left: resources.length };
}

/** Once more after a sweep where it fails: what stood in the way may be gone then. */
async function destroyByPulumi(session: Session, clusters: readonly string[]): Promise<void> {
  if ((await runDestroy(session, [])) !== 0) {
    tell("not all could be removed; removing the stack's containers and trying the rest again");
    await sweep(session, clusters);
    if ((await runDestroy(session, ["--continue-on-error"])) !== 0 && !isLocal(session)) {
      throw new UserError(`stack ${session.stack}: not destroyed; the reason is above. Mend it and run destroy again`);
    }
  }
  // On the local platform nothing outlives its containers, so the state may be forgotten even where a step still fails.
  await forgetStack(session, { force: isLocal(session) });
}

async function runDestroy(session: Session, more: readonly string[]): Promise<number> {
  const progress = new UpdateProgress(process.stderr, terminalOf(process.stderr));
  const args = [...updateArguments(session, "destroy"), ...more];
  const result = await runUpdate(args, updateOptions(session), (event) => progress.handle(event));
  progress.stop();
  if (result.wasInterrupted) {
    throw new UserError(`stack ${session.stack}: stopped half-way; run destroy again`, INTERRUPTED);
  }
  if (result.exitCode !== 0 && result.stderr.trim() !== "") {
    tell(result.stderr.trim());
  }
  return result.exitCode;
}

async function sweep({ stack, env }: Session, clusters: readonly string[]): Promise<number> {
  const left = await findLeftovers(stack, clusters, env);
  await removeLeftovers(left, env);
  return count(left);
}

/** Another backend than our own is not asked here: destroy finds out by itself. */
function hasStack(session: Session): boolean {
  return session.backend.ownFolder === undefined || stateResources(session) !== undefined;
}

/** Nothing of a cloud is in the state. */
function isLocal(session: Session): boolean {
  return stateResources(session)?.every(({ type }) => !type.startsWith("aws:")) ?? false;
}

/** Names of the kind clusters, as far as the state tells; the rest hangs on the stack's network. */
function clusterNames(session: Session): readonly string[] {
  const root = stateResources(session)?.find(({ type }) => type === STACK_TYPE);
  return accessOutput(root?.outputs ?? {})?.clusters.map(({ name }) => ownedName(session.stack, name)) ?? [];
}
