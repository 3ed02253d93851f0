import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { readMarker, releaseFolder } from "../../../infra/core/folder-marker";
import { stateFolder, type Environment } from "../../../infra/core/paths";
import { ensureOwner, GITIGNORE } from "../../../infra/core/state-folders";
import { isWritten, writeNew } from "../../../infra/core/whole-file";
import { UserError } from "../ui/user-error";

/** The project's name in Pulumi.yaml. */
export const PROJECT = "istio-lab";

/** The checkout: where Pulumi.yaml is. */
export const PROJECT_FOLDER = resolve(__dirname, "..", "..", "..");

/** Where Pulumi keeps the stacks. */
export interface Backend {
  /** The folder of a backend of our own; undefined if it is the user's own. */
  readonly ownFolder: string | undefined;
  /** What Pulumi needs in its environment to use it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The variable with the address of a Pulumi backend of the user's. */
export const BACKEND_VARIABLE = "ISTIO_LAB_BACKEND";

/**
 * Chooses the backend: the user's if `ISTIO_LAB_BACKEND` has its address, else a `file://` one in the state folder with a passphrase of its own.
 * `PULUMI_BACKEND_URL`, `PULUMI_ACCESS_TOKEN` and `PULUMI_CONFIG_PASSPHRASE` of another project choose nothing here.
 * Touches nothing; `ensureBackend` makes the folder.
 * @throws UserError if `ISTIO_LAB_BACKEND` is no address
 */
export function backendOf(env: Environment = process.env): Backend {
  const users = env[BACKEND_VARIABLE];
  if (users) {
    if (!/^[a-z][a-z0-9+]*:\/\/./.test(users)) {
      throw new UserError(
        `${BACKEND_VARIABLE}: "${users}" given; write the address of a Pulumi backend, e.g. https://api.pulumi.com or s3://my-bucket`,
      );
    }
    // The command line and Pulumi's program run in different folders.
    if (/^file:\/\/[^/~]/.test(users)) {
      throw new UserError(
        `${BACKEND_VARIABLE}: "${users}" given; write the folder's whole path, e.g. ${pathToFileURL(resolve(users.slice("file://".length))).href}`,
      );
    }
    return { ownFolder: undefined, environment: { PULUMI_BACKEND_URL: users } };
  }
  const folder = resolve(stateFolder(env));
  return {
    ownFolder: folder,
    environment: {
      PULUMI_BACKEND_URL: pathToFileURL(folder).href,
      PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(folder),
    },
  };
}

/**
 * Makes the state folder (0700), its id and the passphrase (0600) if they are not there yet.
 * @throws UserError if the folder holds somebody else's files, or stacks whose passphrase is lost
 */
export function ensureBackend(env: Environment = process.env): void {
  try {
    const { stateFolder: folder } = ensureOwner("", env);
    if (readMarker(folder)?.made === true) {
      chmodSync(folder, 0o700);
    }
  } catch (error) {
    throw new UserError((error as Error).message, 1, { cause: error });
  }
  const { ownFolder } = backendOf(env);
  if (ownFolder === undefined || existsSync(passphraseFile(ownFolder))) {
    return;
  }
  assertPassphrase(ownFolder);
  // It never replaces the passphrase that another process has just made.
  writeNew(passphraseFile(ownFolder), `${randomBytes(24).toString("base64url")}\n`);
}

/** The stacks of our own backend, by name; empty if there is no backend yet. */
export function ownStacks(folder: string): readonly string[] {
  const stacks = join(folder, ".pulumi", "stacks", PROJECT);
  if (!existsSync(stacks)) {
    return [];
  }
  const files = readdirSync(stacks).filter((file) => file.endsWith(".json"));
  return files.map((file) => file.slice(0, -".json".length)).sort();
}

/** Whether our own backend has lost the passphrase of its stacks: a new one would not fit them. */
export function lacksPassphrase(folder: string): boolean {
  return !existsSync(passphraseFile(folder)) && ownStacks(folder).length > 0;
}

/** @throws UserError if our own backend has lost the passphrase of its stacks */
export function assertPassphrase(folder: string): void {
  if (lacksPassphrase(folder)) {
    throw new UserError(
      `${passphraseFile(folder)} is missing, and the stacks there are encrypted with it: restore it, or destroy them: ${ownStacks(folder).join(", ")}`,
    );
  }
}

/** The file in which our own backend keeps a stack. */
export function checkpointFile(folder: string, stack: string): string {
  return join(folder, ".pulumi", "stacks", PROJECT, `${stack}.json`);
}

/** What Pulumi's file backend keeps in its folder. */
const OF_PULUMI = ["stacks", "locks", "history", "backups", "workspaces", "meta.yaml", "meta.yaml.attrs"];

/**
 * Removes our backend if it holds no stack of any project any more, and its folder if we made it and nothing else is in it. With the exports of `env`
 * a shell keeps the stacks of its other projects here, too.
 */
export function removeOwnBackend(folder: string): void {
  if (readMarker(folder) === undefined || holdsStacks(folder)) {
    return;
  }
  const pulumi = join(folder, ".pulumi");
  for (const name of OF_PULUMI) {
    rmSync(join(pulumi, name), { recursive: true, force: true });
  }
  for (const name of [pulumi, join(folder, ".projects")]) {
    if (existsSync(name) && readdirSync(name).length === 0) {
      rmdirSync(name);
    }
  }
  const ignores = join(folder, GITIGNORE.name);
  const isOurs = existsSync(ignores) && readFileSync(ignores, "utf8") === GITIGNORE.text;
  releaseFolder(folder, (name) => isWritten(name, [".passphrase"]) || (isOurs && isWritten(name, [GITIGNORE.name])));
}

/** Whether there is a stack of any project; what Pulumi leaves of one that is removed has other endings. */
function holdsStacks(folder: string): boolean {
  const stacks = join(folder, ".pulumi", "stacks");
  return (
    existsSync(stacks) && (readdirSync(stacks, { recursive: true }) as string[]).some((name) => name.endsWith(".json"))
  );
}

function passphraseFile(folder: string): string {
  return join(folder, ".passphrase");
}
