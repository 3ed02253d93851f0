import { ask, environmentFor } from "../../core/child";

/** What of pip's settings says how packages are reached; `[download]` speaks for the one command that is used. */
const PIP_KEYS = [
  "index-url",
  "extra-index-url",
  "find-links",
  "no-index",
  "cert",
  "client-cert",
  "trusted-host",
  "proxy",
  "timeout",
  "default-timeout",
  "retries",
  "keyring-provider",
  "cache-dir",
];

/** What of Go's settings says how modules are reached and where Go keeps them. */
const GO_KEYS = [
  "GOPROXY",
  "GONOPROXY",
  "GOSUMDB",
  "GONOSUMDB",
  "GOPRIVATE",
  "GOINSECURE",
  "GOVCS",
  "GOAUTH",
  "GOMODCACHE",
  "GOCACHE",
  "GOPATH",
];

/**
 * Variables with which pip reads no settings file: those of the files that say how packages are reached stand in their place.
 * A `require-virtualenv`, a `target` or a `no-binary` that suits the user's own projects would break the set-up.
 * @throws Error with pip's own words if it cannot read its settings
 */
export async function pipVariables(): Promise<Record<string, string>> {
  const env = environmentFor({ use: "download" });
  const answer = await ask("python3", ["-m", "pip", "config", "list"], { env, timeoutMilliseconds: 60_000 });
  if (!answer.ok) {
    throw new Error(`pip does not print its settings: ${answer.startProblem ?? answer.stderr.trim()}`);
  }
  const settings = Object.entries(pipSettings(answer.stdout)).map(([key, value]) => [variableOf(key), value] as const);
  // A variable counts more than a file.
  const fromFiles = settings.filter(([name]) => env[name] === undefined);
  return { ...Object.fromEntries(fromFiles), PIP_CONFIG_FILE: "/dev/null" };
}

/**
 * Reads `pip config list`: lines such as `global.index-url='https://pypi.example.com/simple'`.
 * @returns the settings that say how packages are reached, by key
 */
export function pipSettings(list: string): Readonly<Record<string, string>> {
  const found = (section: string) =>
    list.split("\n").flatMap((line) => {
      const [, of, key = "", value = ""] = /^([^.]+)\.([\w-]+)=(.*)$/.exec(line) ?? [];
      return of === section && PIP_KEYS.includes(key) ? [[key, unquoted(value)] as const] : [];
    });
  return Object.fromEntries([...found("global"), ...found("download")]);
}

function variableOf(key: string): string {
  return `PIP_${key.toUpperCase().replaceAll("-", "_")}`;
}

/** Reads what Python prints of a text: in single or double quotation marks, with a backslash before what is special. */
function unquoted(text: string): string {
  const special: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };
  return text.slice(1, -1).replace(/\\(.)/g, (_, character: string) => special[character] ?? character);
}

const known = new Map<string, Promise<Record<string, string>>>();

/**
 * Variables with which Go takes nothing from `go env -w` but how modules are reached and where Go keeps them: GOFLAGS, GOOS or
 * CC of the user's own projects would change what is built.
 * @param command absolute path of the `go` command; each is asked once
 * @throws Error with Go's own words if it cannot read its settings
 */
export function goVariables(command: string): Promise<Record<string, string>> {
  const variables = known.get(command) ?? askGo(command);
  known.set(command, variables);
  return variables;
}

async function askGo(command: string): Promise<Record<string, string>> {
  const env = { ...environmentFor({ use: "download" }), GOFLAGS: "", GOWORK: "off", GOTOOLCHAIN: "local" };
  const answer = await ask(command, ["env", "-json", ...GO_KEYS], { env, timeoutMilliseconds: 60_000 });
  if (!answer.ok) {
    throw new Error(`go does not print its settings: ${answer.startProblem ?? answer.stderr.trim()}`);
  }
  const settings = JSON.parse(answer.stdout) as Record<string, string>;
  // An older Go does not know all of them.
  return { ...Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== "")), GOENV: "off" };
}
