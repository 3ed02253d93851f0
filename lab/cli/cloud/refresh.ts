import type { EngineEvent } from "../pulumi/engine-events";
import { runUpdate } from "../pulumi/pulumi";
import { updateArguments, updateOptions, type Session } from "../pulumi/session";
import { tell } from "../ui/terminal";
import { UserError } from "../ui/user-error";
import { cloudResources } from "./state";

/**
 * Makes Pulumi's state say what AWS really has, so that an `up` repairs what somebody has changed, stopped or removed there. What is in the cluster is
 * left alone: a machine that is off cannot be asked.
 * @throws UserError if AWS does not answer
 */
export async function refreshCloud(session: Session): Promise<void> {
  const urns = cloudResources(session).map(({ urn }) => urn);
  if (urns.length === 0) {
    return;
  }
  const targets = urns.flatMap((urn) => ["--target", urn]);
  const changed: string[] = [];
  const onEvent = ({ resOutputsEvent }: EngineEvent) => {
    const step = resOutputsEvent?.metadata;
    if (step !== undefined && ["update", "delete"].includes(step.op) && step.type.startsWith("aws:")) {
      changed.push(`${step.urn.split("::").at(-1) ?? ""} ${step.op === "delete" ? "is gone" : "is different"}`);
    }
  };
  const result = await runUpdate([...updateArguments(session, "refresh"), ...targets], updateOptions(session), onEvent);
  if (result.exitCode !== 0) {
    throw new UserError(
      `${result.stderr.trim()}\nstack ${session.stack}: AWS could not be asked what is there`,
      result.exitCode,
    );
  }
  for (const line of changed) {
    tell(`on AWS ${line}`);
  }
}
