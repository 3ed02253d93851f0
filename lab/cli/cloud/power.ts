import { PROJECT } from "../pulumi/backend";
import { UpdateProgress } from "../ui/progress";
import { runUpdate } from "../pulumi/pulumi";
import { updateArguments, updateOptions, type Session } from "../pulumi/session";
import { terminalOf } from "../ui/terminal";
import { UserError } from "../ui/user-error";
import { refreshCloud } from "./refresh";
import { cloudResources, isPartlyDown, powerResources } from "./state";

/** Configuration by which the instances are to be off. */
export const POWER_OFF = { [`${PROJECT}:power`]: "off" } as const;

/**
 * Looks at what AWS has of a lab that exists there.
 * @returns the configuration that an `up` needs beside its own if an instance does not run: then it starts them, and gives the VMs fresh tokens
 */
export async function wakingConfig(
  session: Session,
  now: Date = new Date(),
): Promise<Readonly<Record<string, string>>> {
  if (cloudResources(session).length === 0) {
    return {};
  }
  await refreshCloud(session);
  return isPartlyDown(session)
    ? { [`${PROJECT}:power`]: "on", [`${PROJECT}:startedAt`]: now.toISOString().replace(/\.\d+Z$/, "Z") }
    : {};
}

/**
 * Stops the instances, and touches nothing else.
 * @throws UserError if one could not be stopped
 */
export async function stopInstances(session: Session): Promise<void> {
  const targets = powerResources(session).flatMap(({ urn }) => ["--target", urn]);
  const progress = new UpdateProgress(process.stderr, terminalOf(process.stderr));
  const args = [...updateArguments(session, "up"), ...targets];
  const result = await runUpdate(args, updateOptions(session), (event) => progress.handle(event));
  progress.stop();
  if (result.exitCode !== 0) {
    throw new UserError(
      `${result.stderr.trim()}\nstack ${session.stack}: not stopped; run stop again`.trim(),
      result.exitCode,
    );
  }
}
