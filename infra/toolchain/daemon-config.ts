import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";

/** Name under which Docker knows the runc shim. */
export const shimRuntime = "istio-lab";

/**
 * Adds the runc shim to Docker's configuration as the default runtime and leaves everything else as it is.
 * @param existing text of /etc/docker/daemon.json; undefined if there is none
 * @param shim absolute path of the shim
 * @returns the new text
 * @throws Error if the existing text is not a JSON object: it is somebody's work, never overwritten
 */
export function withShimRuntime(existing: string | undefined, shim: string): string {
  const config = parseObject(existing);
  const runtimes = config["runtimes"];
  const others = typeof runtimes === "object" && runtimes !== null ? runtimes : {};
  const merged = { ...config, runtimes: { ...others, [shimRuntime]: { path: shim } }, "default-runtime": shimRuntime };
  return `${JSON.stringify(merged, null, 2)}\n`;
}

/**
 * Makes sure that Docker's configuration names the runc shim as the default runtime. A file that says so already is not written; one
 * behind a link is written where it lies. Mode and owner stay.
 * @param file absolute path of Docker's configuration
 * @param shim absolute path of the shim
 * @throws Error if the file is no JSON object, or a link to a file that is not there
 */
export function ensureShimRuntime(file: string, shim: string): void {
  const target = targetOf(file);
  const existing = target === undefined ? undefined : readFileSync(target, "utf8");
  const text = withShimRuntime(existing, shim);
  if (existing !== undefined && isDeepStrictEqual(parseObject(existing), parseObject(text))) return;
  const place = target ?? file;
  const found = target === undefined ? undefined : statSync(target);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(`${place}.new`, text, { mode: 0o600 });
  if (found) chownSync(`${place}.new`, found.uid, found.gid);
  chmodSync(`${place}.new`, found ? found.mode & 0o777 : 0o644);
  renameSync(`${place}.new`, place);
}

/** The file itself, not a link to it; undefined if there is none. */
function targetOf(file: string): string | undefined {
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  try {
    return realpathSync(file);
  } catch {
    throw new Error(`${file}: a link to a file that is not there; repair or remove it`);
  }
}

function parseObject(text: string | undefined): Record<string, unknown> {
  if (text === undefined || text.trim() === "") return {};
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (error) {
    throw new Error(`/etc/docker/daemon.json: not JSON (${(error as Error).message}); repair or remove it`);
  }
  if (typeof config === "object" && config !== null && !Array.isArray(config)) return config as Record<string, unknown>;
  throw new Error("/etc/docker/daemon.json: a JSON object is wanted; repair or remove it");
}
