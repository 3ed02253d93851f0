import * as http from "node:http";
import * as https from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import { UnreachableError } from "./api-error";
import { ambientKubeconfigPath, kubeconfigText, type KubeconfigChoice } from "./kubeconfig";
import type { PropertyValue } from "../rpc/property-value";

/** How to reach an API server, and as whom. */
export interface Connection {
  /** Address with scheme, without a slash at the end, e.g. `https://127.0.0.1:6443`. */
  readonly server: string;
  readonly agent: http.Agent;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a connection is made from. */
export interface ConnectionSource extends KubeconfigChoice {
  /** Text, path or object; undefined: the file that kubectl would read. */
  readonly kubeconfig: PropertyValue | undefined;
}

// Watches hold theirs open, requests share the rest.
const agentOptions: http.AgentOptions = { keepAlive: true, maxFreeSockets: 16, scheduling: "lifo" };

/**
 * Reads the kubeconfig and makes the connection's settings; connects to nothing yet. @kubernetes/client-node does the
 * reading and the ways to log in (certificate, token, exec, OIDC, proxy).
 * @throws UnreachableError where the kubeconfig leads nowhere
 */
export async function connect(source: ConnectionSource): Promise<Connection> {
  const kubeconfig = new KubeConfig();
  try {
    kubeconfig.loadFromString(textOfSource(source.kubeconfig));
  } catch (error) {
    throw new UnreachableError(
      `failed to parse kubeconfig data in \`kubernetes:config:kubeconfig\`: ${reasonOf(error)}`,
    );
  }
  if (source.context !== undefined) {
    kubeconfig.setCurrentContext(source.context);
  }
  const context = kubeconfig.getContextObject(kubeconfig.getCurrentContext());
  if (context !== null && source.cluster !== undefined) {
    Object.assign(context, { cluster: source.cluster });
  }
  const cluster = kubeconfig.getCurrentCluster();
  if (cluster === null) {
    throw new UnreachableError(
      `unable to load Kubernetes client configuration: the kubeconfig has no cluster for its context "${kubeconfig.getCurrentContext()}"`,
    );
  }
  const options: https.RequestOptions = {};
  try {
    await kubeconfig.applyToHTTPSOptions(options);
  } catch (error) {
    throw new UnreachableError(
      `unable to load Kubernetes client configuration from the kubeconfig: ${reasonOf(error)}`,
    );
  }
  return { server: cluster.server.replace(/\/+$/, ""), agent: agentFor(cluster, options), headers: headersOf(options) };
}

interface ClusterSettings {
  readonly server: string;
  readonly proxyUrl?: string;
}

function agentFor(cluster: ClusterSettings, options: https.RequestOptions): http.Agent {
  if (cluster.proxyUrl && options.agent instanceof http.Agent) {
    return options.agent;
  }
  if (cluster.server.startsWith("http:")) {
    return new http.Agent(agentOptions);
  }
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  const tls = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
  return new https.Agent({
    ...agentOptions,
    ...Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined)),
  });
}

function headersOf(options: https.RequestOptions): Record<string, string> {
  const given = (options.headers ?? {}) as http.OutgoingHttpHeaders;
  const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
  return typeof options.auth === "string"
    ? { ...headers, Authorization: `Basic ${Buffer.from(options.auth).toString("base64")}` }
    : headers;
}

function textOfSource(kubeconfig: PropertyValue | undefined): string {
  if (kubeconfig === undefined || kubeconfig === null || kubeconfig === "") {
    return kubeconfigText(ambientKubeconfigPath());
  }
  return typeof kubeconfig === "string" ? kubeconfigText(kubeconfig) : JSON.stringify(kubeconfig);
}

function reasonOf(error: unknown): string {
  // A YAML parser quotes what it could not read, and that may be a key: its first line says enough.
  return error instanceof Error ? (error.message.split("\n")[0] ?? error.name) : String(error);
}
