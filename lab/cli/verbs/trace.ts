import { readFileSync, statSync, writeFileSync } from "node:fs";
import type { Environment } from "../../../infra/core/paths";
import { readOutputs } from "../stack/access";
import { callerPath } from "../options/caller";
import { openSession } from "../pulumi/session";
import { tellOfScenario } from "../verify/scenario-left";
import { assertStanding } from "../stack/standing";
import { standingLab } from "../stack/standing-lab";
import { say, tell, terminalOf } from "../ui/terminal";
import { isTracePage, tracePage } from "../trace/render/page";
import { traceTable } from "../trace/render/terminal-report";
import { traceRequest } from "../trace/trace-request";
import { UserError } from "../ui/user-error";

/** Options of `trace`. */
export interface TraceOptions {
  readonly stack?: string;
  readonly json?: boolean;
  /** File to write a page to. */
  readonly html?: string;
  /** Value of the Host header. */
  readonly host?: string;
  /** Path of the request. */
  readonly path?: string;
}

/** `trace`: what a request really passes through; exit 0 it was answered, 1 it failed on its way, 2 there is no lab. */
export async function trace(from: string, to: string, options: TraceOptions): Promise<void> {
  if (options.path !== undefined && !options.path.startsWith("/")) {
    throw new UserError(`--path: "${options.path}" given; write it with a slash in front, e.g. /productpage`);
  }
  if (options.html !== undefined) {
    assertReplaceable(options.html);
  }
  const session = openSession(options.stack);
  const outputs = await readOutputs(session);
  await assertStanding(session, outputs);
  tellOfScenario(session);
  const map = await (await standingLab(outputs)).traces(outputs);
  const report = await traceRequest(session, outputs, map, from, to, options);
  if (options.html !== undefined) {
    writePage(options.html, tracePage(report));
  }
  const hasPage = options.html !== undefined;
  say(options.json ? JSON.stringify(report, undefined, 2) : traceTable(report, terminalOf(process.stdout), hasPage));
  process.exitCode = report.outcome.ok ? 0 : 1;
}

/**
 * Call it before the request is made.
 * @param named the file as the user named it: relative to the folder in which the command was typed
 * @throws UserError if a file of that name is there that holds something else than the page of a trace
 */
export function assertReplaceable(named: string, env: Environment = process.env): void {
  const file = callerPath(named, env);
  let text: string;
  try {
    text = statSync(file).isFile() ? readFileSync(file, "utf8") : "";
  } catch {
    // It is not there; or it cannot be written either, which is said then.
    return;
  }
  if (text !== "" && !isTracePage(text)) {
    throw new UserError(`--html: ${file} is there and is not the page of a trace; name another file, or remove it`);
  }
}

/**
 * Writes the page of a trace and says where.
 * @param named as above
 * @throws UserError if it cannot be written, or would replace something else than the page of a trace
 */
export function writePage(named: string, page: string, env: Environment = process.env): void {
  assertReplaceable(named, env);
  const file = callerPath(named, env);
  try {
    writeFileSync(file, page);
  } catch (error) {
    throw new UserError(`--html: ${file} cannot be written: ${(error as Error).message}`);
  }
  tell(`written: ${file}`);
}
