/** Name under which Docker knows the runc shim. */
export const shimRuntime = "istio-lab";

/**
 * Adds the runc shim to Docker's configuration as the default runtime and leaves everything else as it is.
 * @param existing text of /etc/docker/daemon.json; undefined where there is none
 * @param shim absolute path of the shim
 * @returns the new text
 * @throws Error where the existing text is not a JSON object: it is somebody's work, never overwritten
 */
export function withShimRuntime(existing: string | undefined, shim: string): string {
  const config = parseObject(existing);
  const runtimes = config["runtimes"];
  const others = typeof runtimes === "object" && runtimes !== null ? runtimes : {};
  const merged = { ...config, runtimes: { ...others, [shimRuntime]: { path: shim } }, "default-runtime": shimRuntime };
  return `${JSON.stringify(merged, null, 2)}\n`;
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
