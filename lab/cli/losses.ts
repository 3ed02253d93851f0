import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { readMade } from "../../infra/core/made";
import { toolchainManifestFile } from "../../infra/core/paths";
import { PROJECT_FOLDER } from "./backend";
import { stateResources } from "./checkpoint";
import { confirm, type Dialogue } from "./confirm";
import { resourceName, type EngineEvent, type StepMetadata } from "./engine-events";
import { UpdateProgress } from "./progress";
import { runPreview } from "./pulumi";
import { updateArguments, updateOptions, type Session } from "./session";
import { stackConfigFile, stackProjectFolder, type StackConfig } from "./stack-project";
import { tell, terminalOf } from "./terminal";
import { updateFailure } from "./update";
import { writeChanged } from "./yaml-file";

/** How an `up` asks. */
export interface LossOptions {
  /** The user has agreed already. */
  readonly yes: boolean;
  /** The command that does it without a question. */
  readonly repeat: string;
}

/** An update does not make the same container anew unless one of these has changed: the settings, the program, the tools. */
interface Settled {
  readonly digest: string;
}

/**
 * Asks before an update removes a cluster's node or a host, with all that a student has done on it. Only Pulumi can tell, and its preview takes
 * 3 s: it is asked only if something has changed since the last update that began.
 * @param digest from `digestOf`
 * @throws UserError if the answer is no, nobody can be asked, or the preview fails
 */
export async function confirmLosses(
  session: Session,
  digest: string,
  { yes, repeat }: LossOptions,
  dialogue?: Dialogue,
): Promise<void> {
  if (yes || settledDigest(session) === digest || !holdsWork(session)) {
    return;
  }
  tell("something has changed since the last up: looking what that makes anew");
  const what = await previewLosses(session);
  if (what.length > 0) {
    const question = `stack ${session.stack}: this removes ${what.join(", ")}, with all that was done there; continue?`;
    await confirm({ what: [], question, yes, repeat }, dialogue);
  }
}

/** Notes with what an update begins: the user has agreed to what it removes. */
export function noteSettled(session: Session, digest: string): void {
  writeChanged(noteFile(session), `${JSON.stringify({ digest } satisfies Settled)}\n`);
}

/** What a step is lost with, for people: `container istio-lab-dev-forum-vm`; undefined if a student has nothing there. */
export function lossOf({ op, type, urn, old }: StepMetadata): string | undefined {
  if (!["delete", "replace", "delete-replaced"].includes(op)) {
    return undefined;
  }
  if (type === "aws:ec2/instance:Instance") {
    return `instance ${resourceName(urn)}`;
  }
  const made = readMade(old?.inputs?.["environment"] as Readonly<Record<string, unknown>> | undefined);
  return made?.kind === "container" ? `container ${made.name}` : undefined;
}

/** A backend of the user's tells nothing quickly: then there may be something. */
function holdsWork(session: Session): boolean {
  const resources = stateResources(session);
  return (
    resources?.some(({ type, urn, inputs }) => lossOf({ op: "delete", type, urn, old: { inputs: inputs ?? {} } })) ??
    true
  );
}

async function previewLosses(session: Session): Promise<readonly string[]> {
  const progress = new UpdateProgress(process.stderr, { ...terminalOf(process.stderr), isLive: false });
  const losses = new Set<string>();
  const onEvent = (event: EngineEvent) => {
    const step = event.resourcePreEvent?.metadata;
    const loss = step && lossOf(step);
    if (loss !== undefined) {
      losses.add(loss);
    }
    if (event.diagnosticEvent) {
      progress.handle(event);
    }
  };
  const result = await runPreview(updateArguments(session, "preview"), updateOptions(session), onEvent);
  progress.stop();
  if (result.exitCode !== 0) {
    throw updateFailure(session, result);
  }
  return [...losses].sort();
}

function settledDigest(session: Session): string | undefined {
  const file = noteFile(session);
  try {
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Partial<Settled>).digest : undefined;
  } catch {
    return undefined;
  }
}

/** Tells the settings, the program and the tools with which an update would run from others: 220 small files, hashed in 14 ms. */
export function digestOf({ stack }: Session): string {
  const hash = createHash("sha256");
  const { config } = parse(readFileSync(stackConfigFile(stack), "utf8")) as StackConfig;
  hash.update(JSON.stringify(config));
  for (const file of [toolchainManifestFile(), ...programFiles()].filter(existsSync)) {
    hash.update(readFileSync(file));
  }
  return hash.digest("hex");
}

/** The files of the Pulumi program. */
function programFiles(): readonly string[] {
  const isProgram = (file: string) => /\.(ts|sh|yaml)$/.test(file) && !/(^|\/)(cli|toolchain)\//.test(file);
  return ["lab", "infra"].flatMap((folder) =>
    readdirSync(join(PROJECT_FOLDER, folder), { recursive: true, encoding: "utf8" })
      .filter(isProgram)
      .sort()
      .map((file) => join(PROJECT_FOLDER, folder, file)),
  );
}

function noteFile({ stack }: Session): string {
  return join(stackProjectFolder(stack), "settled.json");
}
