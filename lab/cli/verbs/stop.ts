import { ensureBackend } from "../pulumi/backend";
import { readOutputs } from "../stack/access";
import { POWER_OFF, stopInstances } from "../cloud/power";
import { powerResources } from "../cloud/state";
import { assertMayWork, whileAlone } from "../stack/at-work";
import { clearInterrupted } from "../pulumi/interrupted";
import { labCommand } from "../stack/lab-command";
import { openSession, type Session } from "../pulumi/session";
import { keepOverrides, writeStackConfig } from "../stack/stack-project";
import { ensureStackTools } from "../stack/stack-tools";
import { elapsed, say } from "../ui/terminal";
import { UserError } from "../ui/user-error";
import type { ShowOptions } from "./inspect";
import { up } from "./up";

const WORK = { verb: "stop", undone: "nothing was stopped" } as const;
const START = { verb: "start", undone: "nothing was started" } as const;

/** `stop`: stops the instances of a lab on AWS; what they hold and their addresses stay. */
export async function stop(options: ShowOptions): Promise<void> {
  const started = Date.now();
  const session = openSession(options.stack);
  const { stack } = session;
  assertMayWork(session, WORK);
  const { cost } = await readOutputs(session);
  assertOnAws(session, "stop");
  await ensureStackTools(session);
  await whileAlone(session, WORK, () => powerOff(session));
  const seconds = (Date.now() - started) / 1000;
  if (options.json) {
    say(JSON.stringify({ stack, seconds, cost }, undefined, 2));
    return;
  }
  const rest = cost === undefined ? "" : `, which still cost ${cost.stopped} ${cost.currency} an hour`;
  say(`stack ${stack}: the instances are stopped (${elapsed(seconds)}); their volumes and addresses stay${rest}`);
  say(`${labCommand("start", session)}    starts them again`);
}

async function powerOff(session: Session): Promise<void> {
  ensureBackend();
  writeStackConfig(session.stack, POWER_OFF);
  await clearInterrupted(session);
  await stopInstances(session);
  keepOverrides(session.stack, POWER_OFF);
}

/** `start`: starts the instances of a lab on AWS again, and gives its VMs fresh tokens: an \`up\` that finds them stopped. */
export async function start(options: ShowOptions): Promise<void> {
  const session = openSession(options.stack);
  assertMayWork(session, START);
  await readOutputs(session);
  assertOnAws(session, "start");
  await up(undefined, { ...options, stack: session.qualifiedStack }, START);
}

/** @throws UserError if the lab has no instances */
function assertOnAws(session: Session, verb: string): void {
  if (session.backend.ownFolder !== undefined && powerResources(session).length === 0) {
    throw new UserError(
      `stack ${session.stack}: ${verb} is for a lab on AWS, and this one is on this machine; after a restart of it, run: ${labCommand("heal", session)}`,
    );
  }
}
