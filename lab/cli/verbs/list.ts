import { statSync } from "node:fs";
import { join } from "node:path";
import { readOutputs } from "../stack/access";
import { backendOf, BACKEND_VARIABLE, PROJECT, PROJECT_FOLDER } from "../pulumi/backend";
import { labCommand } from "../stack/lab-command";
import { listContainers } from "../docker/leftovers";
import { unreadableProblem } from "../pulumi/own-state";
import { runPulumi } from "../pulumi/pulumi";
import { openSession } from "../pulumi/session";
import { listOwnStacks, type ListedStack } from "../stack/stack-list";
import { isWorkedOn, labState, type Containers } from "../stack/stack-state";
import { withAnyTools } from "../stack/stack-tools";
import { table } from "../ui/table";
import { say, tell, terminalOf } from "../ui/terminal";
import { reasonOf, UserError } from "../ui/user-error";

/** What `pulumi stack ls --json` says of a stack. */
interface PulumiStack {
  readonly name: string;
  readonly lastUpdate?: string;
  readonly updateInProgress?: boolean;
  readonly resourceCount?: number;
}

/** `list`: all stacks of the backend with lab and state; exit 1 if it is not known what exists: the Docker engine does not answer, or a state may not be read. */
export async function list(options: { readonly json?: boolean }): Promise<void> {
  const { ownFolder } = backendOf();
  const stacks = ownFolder === undefined ? await listElsewhere() : await listHere(ownFolder);
  for (const { stack, problem } of stacks) {
    if (problem !== undefined) {
      tell(`stack ${stack}: ${problem}`);
    }
  }
  if (stacks.some(({ state }) => state === "unknown")) {
    // As for an engine that does not answer.
    process.exitCode = 1;
  }
  if (options.json) {
    say(JSON.stringify(stacks, undefined, 2));
    return;
  }
  if (stacks.length === 0) {
    const where = ownFolder === undefined ? ` in the backend that ${BACKEND_VARIABLE} names` : "";
    say(`there is no lab${where}; build one: ${labCommand("up", openSession())}`);
    return;
  }
  const rows = stacks.map(({ stack, lab, state, changed }) => [stack, lab, state, changed]);
  const header = ["STACK", "LAB", "STATE", "LAST CHANGED"];
  say(table(rows, { header, width: terminalOf(process.stdout).columns, kinds: ["word", "word", "word", "text"] }));
}

/** What this machine's engine has; undefined if it does not answer, which is said. */
async function containers(): Promise<Containers> {
  const { env } = openSession();
  try {
    return await listContainers(env);
  } catch (error) {
    if (!(error instanceof UserError)) {
      throw error;
    }
    tell(error.message);
    // What was asked for is not known: a script must not take that for an answer.
    process.exitCode = 1;
    return undefined;
  }
}

async function listHere(folder: string): Promise<readonly ListedStack[]> {
  if (!isThere(folder)) {
    // Without a state folder nothing on the engine is this owner's.
    return [];
  }
  const refused = unreadableProblem(join(folder, ".pulumi", "stacks", PROJECT));
  if (refused !== undefined) {
    throw new UserError(refused);
  }
  return listOwnStacks(folder, await containers());
}

/** @throws UserError that names the folder if something else is in its place, or if it cannot be reached */
function isThere(folder: string): boolean {
  let reason = "not a directory";
  try {
    if (statSync(folder).isDirectory()) {
      return true;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return false;
    }
    reason = reasonOf(error as Error);
  }
  throw new UserError(`${folder}: cannot be used as the state folder: ${reason}; name another one in ISTIO_LAB_STATE`);
}

/** The stacks of a backend of the user's, as Pulumi tells them. */
async function listElsewhere(): Promise<readonly ListedStack[]> {
  const env = withAnyTools(openSession());
  const args = ["stack", "ls", "--json", "--project", PROJECT];
  const { exitCode, stdout, stderr } = await runPulumi(args, { cwd: PROJECT_FOLDER, env });
  if (exitCode !== 0) {
    throw new UserError(`pulumi stack ls: ${stderr.trim()}`);
  }
  const stacks = JSON.parse(stdout) as readonly PulumiStack[];
  const found = stacks.length === 0 ? [] : await containers();
  return Promise.all(stacks.map((stack) => describeElsewhere(stack, found)));
}

async function describeElsewhere(
  { name, lastUpdate, updateInProgress, resourceCount }: PulumiStack,
  found: Containers,
): Promise<ListedStack> {
  const facts = { stack: name, lab: "", changed: lastUpdate ?? "never" };
  const session = openSession(name);
  if (updateInProgress || isWorkedOn(session)) {
    return { ...facts, state: "changing" };
  }
  if (!resourceCount) {
    return { ...facts, state: "empty" };
  }
  try {
    const outputs = await readOutputs(session);
    return { ...facts, lab: outputs.lab, ...labState(session, outputs, found) };
  } catch (error) {
    if (error instanceof UserError && error.exitCode === 2) {
      return { ...facts, state: "half built" };
    }
    throw error;
  }
}
