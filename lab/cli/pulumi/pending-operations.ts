import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCheckpoint } from "./checkpoint";
import { adoptCreated, type ExportedResource, type PendingOperation } from "../cloud/adopt";
import { refreshCloud } from "../cloud/refresh";
import { stackCommand, type Session } from "./session";
import { stackProjectFolder } from "../stack/stack-project";
import { tell } from "../ui/terminal";
import { UserError } from "../ui/user-error";

/** What the command line reads and changes of an exported stack. */
interface ExportedStack {
  readonly deployment?: { resources?: readonly ExportedResource[]; pending_operations?: readonly PendingOperation[] };
}

/**
 * Settles operations that were under way when an engine was killed. Pulumi keeps unfinished creates until somebody says what became of them;
 * every create on this machine ensures, so the next `up` finds out by itself, and what AWS has made is taken into the state.
 * @see https://www.pulumi.com/docs/support/troubleshooting/common-issues/interrupted-updates/
 */
export async function settlePendingOperations(session: Session): Promise<void> {
  // Saves two runs of the CLI in the usual case: our own backend's file tells.
  const checkpoint = readCheckpoint(session);
  if (checkpoint.state !== "elsewhere" && !(checkpoint.state === "read" && checkpoint.isInterrupted)) {
    return;
  }
  const exported = await stackCommand(session, ["stack", "export"]);
  if (exported.exitCode !== 0) {
    // A stack that does not exist yet.
    return;
  }
  const stack = JSON.parse(exported.stdout) as ExportedStack;
  const pending = stack.deployment?.pending_operations ?? [];
  if (stack.deployment === undefined || pending.length === 0) {
    return;
  }
  const standing = stack.deployment.resources ?? [];
  const adopted = await adoptCreated(session, pending, standing);
  stack.deployment.resources = [...standing, ...adopted];
  delete stack.deployment.pending_operations;
  await importStack(session, stack);
  tell(`cleared ${pending.length} unfinished operations of an earlier run`);
  if (adopted.length > 0) {
    await refreshCloud(session);
  }
}

async function importStack(session: Session, stack: ExportedStack): Promise<void> {
  const file = join(stackProjectFolder(session.stack), `import.${process.pid}.json`);
  try {
    writeFileSync(file, JSON.stringify(stack), { mode: 0o600 });
    const imported = await stackCommand(session, ["stack", "import", "--file", file]);
    if (imported.exitCode !== 0) {
      throw new UserError(`pulumi stack import: ${imported.stderr.trim()}`);
    }
  } finally {
    rmSync(file, { force: true });
  }
}
