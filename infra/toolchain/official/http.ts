import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect as tlsConnect } from "node:tls";
import type { Duplex } from "node:stream";
import { urlToHttpOptions } from "node:url";

/** How a request is made. */
export interface HttpOptions {
  /** Default `GET`. */
  readonly method?: "GET" | "HEAD";
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Milliseconds without a byte after which the connection counts as dead. Default 30 s. */
  readonly idleMilliseconds?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const maximumRedirects = 8;

/**
 * Sends a request, through the proxy of `HTTPS_PROXY`/`HTTP_PROXY`/`NO_PROXY` if one is set (Node's own fetch ignores them
 * before version 24), and follows redirects.
 * @returns the final response, its body unread
 * @throws Error if there is no answer
 */
export async function sendRequest(url: string, options: HttpOptions = {}): Promise<IncomingMessage> {
  let target = new URL(url);
  for (let hop = 0; hop <= maximumRedirects; hop++) {
    const response = await sendOnce(target, options);
    const location = response.headers.location;
    const redirects = response.statusCode !== undefined && response.statusCode >= 300 && response.statusCode < 400;
    if (!redirects || location === undefined) return response;
    response.resume();
    target = new URL(location, target);
  }
  throw new Error(`more than ${String(maximumRedirects)} redirects`);
}

/** The address without a user's name and password, for messages. */
export function withoutCredentials(url: string): string {
  const parsed = new URL(url);
  parsed.username = "";
  parsed.password = "";
  return parsed.href;
}

/**
 * The proxy for an address.
 * @param env the environment with the usual variables, lower or upper case
 */
export function proxyFor(url: URL, env: Readonly<Record<string, string | undefined>>): URL | undefined {
  const variable = (name: string): string => env[name.toLowerCase()] ?? env[name] ?? "";
  const value = variable(url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY") || variable("ALL_PROXY");
  if (value === "" || !/^https?:/.test(value)) return undefined;
  const exceptions = variable("NO_PROXY")
    .split(",")
    .map((entry) => entry.trim().replace(/^\*?\./, ""));
  const excepted = exceptions.some(
    (name) => name === "*" || (name !== "" && (url.hostname === name || url.hostname.endsWith(`.${name}`))),
  );
  return excepted ? undefined : new URL(value);
}

async function sendOnce(url: URL, options: HttpOptions): Promise<IncomingMessage> {
  const proxy = proxyFor(url, options.env ?? process.env);
  const idle = options.idleMilliseconds ?? 30_000;
  const common = {
    method: options.method ?? "GET",
    headers: { "user-agent": "istio-lab", ...options.headers },
    ...(options.signal ? { signal: options.signal } : {}),
    timeout: idle,
  };
  const plainProxy = proxy !== undefined && url.protocol === "http:";
  const tunnel = proxy !== undefined && !plainProxy ? await openTunnel(proxy, url, options.signal, idle) : undefined;
  return await new Promise((resolve, reject) => {
    const request = plainProxy
      ? httpRequest({
          ...urlToHttpOptions(proxy),
          ...common,
          path: url.href,
          headers: { ...common.headers, host: url.host, ...proxyCredentials(proxy) },
        })
      : (url.protocol === "https:" ? httpsRequest : httpRequest)({
          ...urlToHttpOptions(url),
          ...common,
          ...(tunnel
            ? { createConnection: () => tlsConnect({ socket: tunnel, servername: url.hostname }), agent: false }
            : {}),
        });
    request.on("timeout", () => request.destroy(new Error(`no answer for ${String(idle / 1_000)} s`)));
    request.on("error", reject);
    request.on("response", resolve);
    request.end();
  });
}

async function openTunnel(proxy: URL, url: URL, signal: AbortSignal | undefined, idle: number): Promise<Duplex> {
  const authority = `${url.hostname}:${url.port || "443"}`;
  return await new Promise((resolve, reject) => {
    const request = (proxy.protocol === "https:" ? httpsRequest : httpRequest)({
      ...urlToHttpOptions(proxy),
      method: "CONNECT",
      path: authority,
      headers: { host: authority, ...proxyCredentials(proxy) },
      timeout: idle,
      ...(signal ? { signal } : {}),
    });
    request.on("timeout", () =>
      request.destroy(new Error(`proxy ${proxy.host}: no answer for ${String(idle / 1_000)} s`)),
    );
    request.on("error", reject);
    request.on("connect", (response, socket) => {
      if (response.statusCode === 200) resolve(socket);
      else {
        socket.destroy();
        reject(new Error(`proxy ${proxy.host}: HTTP ${String(response.statusCode)}`));
      }
    });
    request.end();
  });
}

function proxyCredentials(proxy: URL): Record<string, string> {
  if (proxy.username === "") return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}
