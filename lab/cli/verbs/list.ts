import { existsSync } from "node:fs";
import { accessOutput } from "../access";
import { backendOf, PROJECT, PROJECT_FOLDER } from "../backend";
import { stateResources } from "../checkpoint";
import { STACK_TYPE } from "../engine-events";
import { runPulumi } from "../pulumi";
import { openSession } from "../session";
import { say, table } from "../terminal";
import { UserError } from "../user-error";

/** What `pulumi stack ls --json` says of a stack. */
interface ListedStack {
  readonly name: string;
  readonly lastUpdate?: string;
  readonly updateInProgress?: boolean;
  readonly resourceCount?: number;
}

/** `list`: all stacks of the backend with lab and state. */
export async function list(options: { readonly json?: boolean }): Promise<void> {
  const stacks = await listStacks();
  if (options.json) {
    say(JSON.stringify(stacks, undefined, 2));
    return;
  }
  if (stacks.length === 0) {
    say("no lab stands; build one: npm run up");
    return;
  }
  const rows = stacks.map(({ stack, lab, state, changed }) => [stack, lab, state, changed]);
  say(table(rows, ["STACK", "LAB", "STATE", "LAST CHANGED"]));
}

async function listStacks() {
  const { ownFolder } = backendOf();
  if (ownFolder !== undefined && !existsSync(ownFolder)) {
    return [];
  }
  const { env } = openSession();
  const args = ["stack", "ls", "--json", "--project", PROJECT];
  const { exitCode, stdout, stderr } = await runPulumi(args, { cwd: PROJECT_FOLDER, env });
  if (exitCode !== 0) {
    throw new UserError(`pulumi stack ls: ${stderr.trim()}`);
  }
  return (JSON.parse(stdout) as readonly ListedStack[]).map((stack) => ({
    stack: stack.name,
    lab: labOf(stack.name) ?? "",
    state: stateOf(stack, labOf(stack.name) !== undefined),
    changed: stack.lastUpdate ?? "never",
  }));
}

function stateOf({ updateInProgress, resourceCount }: ListedStack, isWhole: boolean): string {
  if (updateInProgress) {
    return "changing";
  }
  return (resourceCount ?? 0) === 0 ? "empty" : isWhole ? "up" : "half built";
}

/** From our own backend's file; of other backends the list shows no labs. */
function labOf(stack: string): string | undefined {
  const root = stateResources(openSession(stack))?.find(({ type }) => type === STACK_TYPE);
  return accessOutput(root?.outputs ?? {})?.lab;
}
