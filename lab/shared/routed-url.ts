import type { AccessUrl } from "../program/outputs";

/**
 * A URL behind an ingress gateway, which routes by the name that is asked for.
 * @param base e.g. `http://127.0.0.1:30000`
 */
export function routedUrl(name: string, base: string, path: string, host: string, shows: string): AccessUrl {
  const url = base + path;
  return { name, url, host, curl: `curl -s -H "Host: ${host}" ${url}`, shows };
}
