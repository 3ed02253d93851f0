import { resolve } from "node:path";
import { ask } from "../../../infra/core/child";
import { assertNobodyAtWork } from "./at-work";
import { stateResources, type StateResource } from "../pulumi/checkpoint";
import { environmentOf } from "../pulumi/checkpoint-shape";
import { labCommand } from "./lab-command";
import { isGone, lostForGood, writeAgain } from "./lost-files";
import { stackCommand, type Session } from "../pulumi/session";
import { UserError } from "../ui/user-error";

/** A file with which one logs in to a host of the lab: the stack's private key, or the keys by which hosts are known. */
interface LoginFile {
  readonly file: string;
  /** The step that wrote it and has printed the key. */
  readonly urn: string;
  /** The file's text, from what the step has printed. */
  readonly textOf: (printed: string) => string;
  readonly isPrivate: boolean;
}

/** How Pulumi writes a secret that it shows, as JSON in a text. */
interface ShownSecret {
  readonly plaintext: string;
}

/**
 * ssh without its key or its known hosts is refused in words that lead nowhere.
 * @throws UserError that names the files
 */
export function assertLoginFiles(session: Session): void {
  const files = goneFiles(session).map(({ file }) => file);
  if (files.length > 0) {
    assertNobodyAtWork(session);
    const repair = labCommand("heal", session);
    throw new UserError(`stack ${session.stack}: gone: ${files.join(", ")}; ${repair} writes it again`);
  }
}

/**
 * Writes the files again that are gone, by what the steps have printed that made them: another key would have to be let in by every host.
 * @returns the files that were written
 * @throws UserError if the state does not hold them
 */
export async function restoreLoginFiles(session: Session): Promise<readonly string[]> {
  const wanted = goneFiles(session);
  if (wanted.length === 0) {
    return [];
  }
  const printed = await printedBySteps(session);
  for (const { file, urn, textOf, isPrivate } of wanted) {
    const said = printed.get(urn);
    if (said === undefined) {
      throw lostForGood(session, file, "the state does not hold it");
    }
    writeAgain(file, textOf(said));
    if (isPrivate) {
      await writePublicHalf(file, session);
    }
  }
  return wanted.map(({ file }) => file);
}

function goneFiles(session: Session): readonly LoginFile[] {
  const own = `${resolve(session.stackFolder)}/`;
  return (stateResources(session) ?? []).flatMap(loginFile).filter(({ file, isPrivate }) => {
    const isLost = isGone(file) || (isPrivate && isGone(`${file}.pub`));
    return file.startsWith(own) && isLost;
  });
}

/** Steps say in their environment what they write. */
function loginFile({ urn, inputs }: StateResource): readonly LoginFile[] {
  const given = environmentOf(inputs) ?? {};
  const text = (name: string) => (typeof given[name] === "string" ? given[name] : undefined);
  const [key, known] = [text("KEY_FILE"), text("KNOWN_HOSTS_FILE")];
  if (known !== undefined && text("HOST_NAME") !== undefined) {
    const [port, address = "", instance] = [text("SSH_PORT"), text("ADDRESS"), text("INSTANCE")];
    const host = port === undefined ? address : `[127.0.0.1]:${port}`;
    const about = instance === undefined ? "" : `# ${instance}\n`;
    return [{ file: known, urn, textOf: (printed) => `${about}${host} ${printed.trim()}\n`, isPrivate: false }];
  }
  return key === undefined || known !== undefined
    ? []
    : [{ file: key, urn, textOf: (printed) => `${printed.trim()}\n`, isPrivate: true }];
}

async function printedBySteps(session: Session): Promise<ReadonlyMap<string, string>> {
  const { exitCode, stdout, stderr } = await stackCommand(session, ["stack", "export", "--show-secrets"]);
  if (exitCode !== 0) {
    throw new UserError(`pulumi stack export: ${stderr.trim()}`);
  }
  const { deployment } = JSON.parse(stdout) as { deployment: { resources?: readonly StateResource[] } };
  const printed = (deployment.resources ?? []).map(({ urn, outputs }) => {
    const said = outputs?.["stdout"] as string | ShownSecret | undefined;
    return [urn, typeof said === "object" ? (JSON.parse(said.plaintext) as string) : (said ?? "")] as const;
  });
  return new Map(printed.filter(([, text]) => text !== ""));
}

async function writePublicHalf(file: string, { env }: Session): Promise<void> {
  const { ok, stdout, stderr } = await ask("ssh-keygen", ["-y", "-P", "", "-f", file], { env });
  if (!ok) {
    throw new UserError(`ssh-keygen: ${stderr.trim()}`);
  }
  writeAgain(`${file}.pub`, stdout);
}
