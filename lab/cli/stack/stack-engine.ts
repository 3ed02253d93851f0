import { join } from "node:path";
import { ask } from "../../../infra/core/child";
import { chosenEngine } from "../../../infra/core/engine-choice";
import { readJson } from "../../../infra/core/json";
import type { Session } from "../pulumi/session";
import { stackProjectFolder } from "./stack-project";
import { UserError } from "../ui/user-error";
import { writeChanged } from "./yaml-file";

/** The Docker engine that has a stack's containers. */
interface Engine {
  /** Docker's id of the engine, which a restart keeps. */
  readonly id: string;
  /** Host name of its machine. */
  readonly host: string;
  /** The engine as messages call it, if the user has named one, e.g. `the Docker context "colima"`. */
  readonly chosen?: string;
}

/**
 * Refuses another engine than the one on which the stack was built: there is nothing of the stack on it, and nobody should say so.
 * Silent if no engine answers, or if none is noted: a lab on AWS needs none.
 * @throws UserError that names both engines
 */
export async function assertSameEngine(session: Session): Promise<void> {
  const noted = readNote(session);
  const engine = noted && (await askEngine(session));
  if (engine && engine.id !== noted.id) {
    throw new UserError(
      `stack ${session.stack}: its containers are on ${nameOf(noted)}, and this is ${nameOf(engine)}; ${remedyOf(noted, session)}. ` +
        `If that engine is gone for good, remove ${noteFile(session)}`,
    );
  }
}

/** Notes the engine on which a stack is built, if none is noted yet. */
export async function noteEngine(session: Session): Promise<void> {
  const engine = readNote(session) ? undefined : await askEngine(session);
  if (engine !== undefined) {
    writeChanged(noteFile(session), `${JSON.stringify(engine)}\n`);
  }
}

async function askEngine({ env }: Session): Promise<Engine | undefined> {
  const { ok, stdout } = await ask("docker", ["info", "--format", "{{.ID}} {{.Name}}"], { env });
  const [id, host] = ok ? stdout.trimEnd().split(" ") : [];
  const chosen = chosenEngine(env)?.name;
  // Engines that only speak Docker's language may have no id.
  return id ? { id, host: host ?? "", ...(chosen === undefined ? {} : { chosen }) } : undefined;
}

/** A damaged note is none: it only helps. */
function readNote(session: Session): Engine | undefined {
  const note = Object(readJson(noteFile(session))) as Partial<Engine>;
  return typeof note.id === "string" ? { host: "", ...note, id: note.id } : undefined;
}

function nameOf({ host, chosen = "the default engine of this machine" }: Engine): string {
  return host === "" ? chosen : `${chosen} (${host})`;
}

function remedyOf({ chosen }: Engine, { env }: Session): string {
  return chosen === undefined ? (chosenEngine(env)?.remedy ?? "use that one") : `use ${chosen}`;
}

function noteFile({ stack }: Session): string {
  return join(stackProjectFolder(stack), "engine.json");
}
