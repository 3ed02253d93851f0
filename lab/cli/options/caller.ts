import { resolve } from "node:path";
import type { Environment } from "../../../infra/core/paths";
import { PROJECT_FOLDER } from "../pulumi/backend";

/**
 * Whether npm started this process: npm runs scripts in the project's folder. A program that npm started once may hand its variables
 * on to a shell, so the variables alone say nothing.
 */
export function isStartedByNpm(env: Environment = process.env, cwd: string = process.cwd()): boolean {
  return env["npm_lifecycle_event"] !== undefined && cwd === PROJECT_FOLDER;
}

/**
 * The folder in which the user typed the command. npm changes to the project's folder and keeps the user's in INIT_CWD.
 * @returns an absolute path
 */
export function callerFolder(env: Environment = process.env, cwd: string = process.cwd()): string {
  return isStartedByNpm(env, cwd) ? (env["INIT_CWD"] ?? cwd) : cwd;
}

/** A file as the user named it: relative to the folder in which the command was typed. */
export function callerPath(file: string, env: Environment = process.env, cwd: string = process.cwd()): string {
  return resolve(callerFolder(env, cwd), file);
}
