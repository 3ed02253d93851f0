import variables from "./child-variables.json";
import type { Environment } from "./paths";

/** What the programs that we start work on. */
export interface ChildPurpose {
  /** `lab`: a lab on this machine or in the cloud. `download`: what a set-up fetches and builds. Default `lab`. */
  readonly use?: "lab" | "download";
  /** What the names of further variables begin with, as the lab's platform needs them. Default none. */
  readonly prefixes?: readonly string[];
  /** The Pulumi backend is the user's own, so its token, its passphrase and its cloud's credentials are needed. Default false. */
  readonly isUsersBackend?: boolean;
}

/** Environment of a program that we start: every variable has a value. */
export type ChildEnvironment = Readonly<Record<string, string>>;

/** Never behind a proxy: Pulumi's engine, its plugins and the labs' published ports listen here. */
const LOOPBACK = ["localhost", "127.0.0.1", "127.0.0.0/8", "::1"];

/** Where the networks, pods and services of labs live. */
const LAB_NETWORKS = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", ".svc", ".cluster.local"];

/** kubectl reads no kuberc file, in which a user may have other defaults, e.g. to ask before each delete. */
const WITHOUT_KUBERC = { KUBERC: "off", KUBECTL_KUBERC: "false" };

/**
 * Makes the environment of a program that we start. Only what is on a list gets through: a variable of another project
 * (`BASH_ENV`, `NODE_OPTIONS`, `PULUMI_*`, `KUBECONFIG`, `DOCKER_DEFAULT_PLATFORM`, ...) must not change what the program does.
 * An empty variable counts as unset; only a passphrase may be empty.
 * @param given the environment of this process
 * @returns a new object
 */
export function childEnvironment(given: Environment, purpose: ChildPurpose = {}): ChildEnvironment {
  const { use = "lab" } = purpose;
  const names = new Set([...variables.always, ...(use === "download" ? variables.download : [])]);
  const prefixes = [...variables.alwaysPrefixes, ...(purpose.prefixes ?? [])];
  if (purpose.isUsersBackend === true) {
    variables.backend.forEach((name) => names.add(name));
    prefixes.push(...variables.backendPrefixes);
  }
  const passed = Object.entries(given).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    const isListed = names.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
    return isListed && value !== undefined && (value !== "" || name === "PULUMI_CONFIG_PASSPHRASE");
  });
  return {
    ...Object.fromEntries(passed),
    ...proxyVariables(given, use === "lab" ? [...LOOPBACK, ...LAB_NETWORKS] : LOOPBACK),
    ...nodeOptions(given),
    ...WITHOUT_KUBERC,
  };
}

/**
 * The user's proxies with exceptions for what is never behind one. Both spellings of `no_proxy` say the same, without blanks:
 * curl, Go and gRPC read different ones, and gRPC takes a blank as part of a name.
 * @returns nothing if no proxy is set
 */
function proxyVariables(given: Environment, exceptions: readonly string[]): ChildEnvironment {
  const proxies = variables.proxies.flatMap((name) => {
    const value = given[name]?.trim() ?? "";
    return value === "" ? [] : [[name, value] as const];
  });
  if (proxies.length === 0) {
    return {};
  }
  const own = [given["no_proxy"], given["NO_PROXY"]].flatMap((text) => text?.split(/[\s,]+/) ?? []);
  const noProxy = [...new Set([...own.filter(Boolean), ...exceptions])].join(",");
  return { ...Object.fromEntries(proxies), no_proxy: noProxy, NO_PROXY: noProxy };
}

/** Of the options for Node.js only those that choose the certificates to trust. */
function nodeOptions(given: Environment): ChildEnvironment {
  const options = given["NODE_OPTIONS"]?.match(/(?<=^|\s)--use-(?:openssl|bundled|system)-ca(?=\s|$)/g) ?? [];
  return options.length === 0 ? {} : { NODE_OPTIONS: options.join(" ") };
}
