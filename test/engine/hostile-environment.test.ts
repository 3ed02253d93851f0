import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cacheFolder } from "../../infra/core/paths";
import { binFolder, preparedToolchains, toolchainFolder } from "../../infra/core/toolchain-key";
import { readToolchainRecord } from "../../infra/core/toolchain-record";
import { ensureToolchain } from "../../infra/toolchain/setup";
import { toolchainLab } from "../../lab/registry";
import { dockerSettingsFolder, hostileVariables, PROXY_VARIABLES, writeHostileFiles } from "../support/hostile-user";
import { TestLab, TYPESCRIPT_RUNTIME } from "../support/lab";
import { makeKey, startSshServer, type SshServer } from "../support/ssh-server";

const STACK = "hostile";

/** A step of a lab, whose output is the environment that it sees. */
const PROGRAM = `
import { writeFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { local } from "@pulumi/command";
export const access = JSON.parse(new pulumi.Config().require("access"));
writeFileSync(process.env.ISTIO_LAB_TEST_FOLDER + "/program", JSON.stringify(process.env));
const step = new local.Command("step", { create: "env -0 >$ISTIO_LAB_TEST_FOLDER/step", interpreter: ["/bin/bash", "-c"],
  addPreviousOutputInEnv: false, logging: "none" });
export const done = step.stdout;
`;

/** The lab vm, with checks that each start other programs. */
const ENTRY = `
import { vm as real } from "./real-entry";
const check = (name: string, command: object, stdout: RegExp) =>
  ({ name, shows: name, source: "", command, expect: { stdout }, deadlineSeconds: 20 });
const observations = (url: string) => [
  check("curl", { on: "workstation", run: "curl --silent " + url }, /^hello$/),
  check("cluster", { on: "cluster", cluster: "k3s-s", run: "kubectl get --raw /readyz" }, /^ok$/),
  check("create", { on: "cluster", cluster: "k3s-s", run: "kubectl create configmap x --dry-run=client" }, /^configmap\\/x created/),
  check("istioctl", { on: "workstation", run: "istioctl --help | grep -c elsewhere || true" }, /^0$/),
  check("docker", { on: "workstation", run: "docker network ls --filter name=^none$" }, /^NETWORK ID .*/),
  check("host", { on: "host", host: "forum-vm", run: "echo here" }, /^here$/),
];
export const vm = {
  ...real,
  checks: async ({ urls }: any) => ({ observations: observations(urls[0].url), scenarios: [] }),
  repairs: async ({ urls }: any) => observations(urls[0].url).map((wanted) => ({ wanted, repair: { on: "workstation", run: "true" }, done: "" })),
  traces: async () => ({ sources: [{ name: "webapp", kind: "pod", cluster: "k3s-s", namespace: "n", selector: "app=webapp" }],
    destinations: [{ kind: "service", name: "catalog", cluster: "k3s-s", namespace: "n", service: "catalog", port: 80, path: "/" }] }),
};
`;

/** Takes the place of node:child_process in the copy: notes what is started, and with which environment. */
const RECORDER = `
import { appendFileSync } from "node:fs";
import * as real from "node:child_process";
const note = (command: string, words: string[], env: object) =>
  appendFileSync(process.env.ISTIO_LAB_TEST_FOLDER + "/children", JSON.stringify({ command, words, env }) + "\\n");
export const spawn = (command: string, words: string[], options: any) => (note(command, words, options.env), real.spawn(command, words, options));
export const spawnSync = (command: string, words: string[], options: any) => (note(command, words, options.env), real.spawnSync(command, words, options));
`;

/** A program that was started, as far as two users can have it the same. */
interface Started {
  readonly line: string;
  readonly env: Readonly<Record<string, string>>;
}

/** How a verb ended for a user. */
interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly started: readonly Started[];
  /** Its stdout as it was. */
  readonly said: string;
}

/** Reads what `env` prints. */
function variablesIn(text: string, end: string): Started["env"] {
  const entries = text.split(end).map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
  return Object.fromEntries(entries.filter(([name]) => name !== "")) as Started["env"];
}

/** Somebody who runs the command line, with a home and a state folder of their own. */
class User extends TestLab {
  public readonly home = join(this.folder, "home");
  public variables: Readonly<Record<string, string>> = {};

  public constructor() {
    super(STACK);
    mkdirSync(this.home);
  }

  public override get environment(): NodeJS.ProcessEnv {
    const { PATH: path } = process.env;
    const own = { HOME: this.home, ISTIO_LAB_STATE: this.stateFolder, ISTIO_LAB_CACHE: cacheFolder() };
    return { PATH: path, TERM: "dumb", NO_COLOR: "1", ISTIO_LAB_TEST_FOLDER: this.folder, ...own, ...this.variables };
  }

  public async outcome(verb: string, words: readonly string[]): Promise<Outcome> {
    rmSync(join(this.folder, "children"), { force: true });
    const { exitCode, stdout, stderr } = await this.run(verb, words);
    return { exitCode, stdout: this.plain(stdout), stderr: this.plain(stderr), started: this.started(), said: stdout };
  }

  private started(): readonly Started[] {
    const file = join(this.folder, "children");
    const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    const children = lines.map((line) => {
      const { command, words, env } = JSON.parse(line) as { command: string; words: string[]; env: Started["env"] };
      return { line: this.plain([command, ...words].join(" ")), env: this.plainEnvironment(env) };
    });
    return children.sort((a, b) => (a.line < b.line ? -1 : 1));
  }

  /** The environment that the program or its step saw, as it was. */
  public seenBy(who: "program" | "step"): Started["env"] {
    const text = readFileSync(join(this.folder, who), "utf8");
    return who === "program" ? (JSON.parse(text) as Started["env"]) : variablesIn(text, "\0");
  }

  public plainEnvironment(env: Started["env"]): Started["env"] {
    return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, this.plain(value)]));
  }

  /** Without what differs between two runs: folders, times, ids. */
  private plain(text: string): string {
    const settings = dockerSettingsFolder(cacheFolder(), this.home);
    const named = text.replaceAll(settings, "SETTINGS").replaceAll(this.folder, "FOLDER");
    const timeless = named.replace(/\d+\.\d+/g, "#").replace(/istio-lab-[\w-]{6}\b|[0-9a-f]{8,}/g, "ID");
    const lines = timeless
      .replace(/\d+/g, "#")
      .replace(/ {2,}|─+/g, "  ")
      .split("\n");
    // What is looked at side by side ends in any order.
    return lines.sort().join("\n");
  }
}

const neat = new User();
const hostile = new User();
let api: Server;
let ssh: SshServer;

const PAGES: Readonly<Record<string, string>> = {
  "/hello": "hello",
  "/readyz": "ok",
  "/api": JSON.stringify({ kind: "APIVersions", versions: ["v1"] }),
  "/apis": JSON.stringify({
    kind: "APIGroupList",
    apiVersion: "v1",
    groups: [
      {
        name: "apps",
        versions: [{ groupVersion: "apps/v1", version: "v1" }],
        preferredVersion: { groupVersion: "apps/v1", version: "v1" },
      },
    ],
  }),
  "/apis/apps/v1": JSON.stringify({
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: "apps/v1",
    resources: [
      { name: "deployments", singularName: "deployment", namespaced: true, kind: "Deployment", verbs: ["list"] },
      { name: "daemonsets", singularName: "daemonset", namespaced: true, kind: "DaemonSet", verbs: ["list"] },
    ],
  }),
  // What heal looks at in every cluster.
  "/apis/apps/v1/deployments": JSON.stringify({
    kind: "DeploymentList",
    apiVersion: "apps/v1",
    metadata: {},
    items: [
      {
        metadata: { name: "coredns", namespace: "kube-system" },
        spec: { replicas: 2 },
        status: { availableReplicas: 2, updatedReplicas: 2 },
      },
    ],
  }),
  "/apis/apps/v1/daemonsets": JSON.stringify({
    kind: "DaemonSetList",
    apiVersion: "apps/v1",
    metadata: {},
    items: [
      {
        metadata: { name: "kube-proxy", namespace: "kube-system" },
        status: { desiredNumberScheduled: 1, numberAvailable: 1 },
      },
    ],
  }),
  "/api/v1/nodes": JSON.stringify({ kind: "NodeList", apiVersion: "v1", metadata: {}, items: [] }),
  "/api/v1": JSON.stringify({
    kind: "APIResourceList",
    groupVersion: "v1",
    resources: ["Pod", "Service", "Node"].map((kind) => ({
      name: `${kind.toLowerCase()}s`,
      kind,
      namespaced: kind !== "Node",
      verbs: ["list"],
    })),
  }),
  "/api/v1/pods": JSON.stringify({ kind: "PodList", apiVersion: "v1", metadata: {}, items: [] }),
  "/api/v1/services": JSON.stringify({ kind: "ServiceList", apiVersion: "v1", metadata: {}, items: [] }),
};

/** A copy of the checkout with the program, the checks of vm and the recorder of this test. */
function makeCheckout(folder: string): string {
  const checkout = join(folder, "checkout");
  mkdirSync(checkout);
  for (const name of ["infra", "lab", "package.json", "package-lock.json", "tsconfig.json"]) {
    cpSync(name, join(checkout, name), { recursive: true });
  }
  symlinkSync(resolve("node_modules"), join(checkout, "node_modules"));
  const core = join(checkout, "infra", "core");
  const child = readFileSync(join(core, "child.ts"), "utf8");
  writeFileSync(join(core, "child.ts"), child.replace('"node:child_process"', '"./recorder"'));
  writeFileSync(join(core, "recorder.ts"), RECORDER);
  writeFileSync(join(checkout, "lab", "index.ts"), PROGRAM);
  const entry = join(checkout, "lab", "vm", "entry.ts");
  renameSync(entry, join(dirname(entry), "real-entry.ts"));
  writeFileSync(entry, ENTRY);
  writeFileSync(join(checkout, "Pulumi.yaml"), `name: istio-lab\nruntime: ${TYPESCRIPT_RUNTIME}\n`);
  return checkout;
}

/** What the program says of a lab: a cluster and a host that this test plays. */
function accessOf(user: User, url: string, key: string, known: string): string {
  const kubeconfigFile = join(user.folder, "kubeconfig");
  const clusters = [{ name: "c", cluster: { server: url } }];
  const contexts = [{ name: "c", context: { cluster: "c", user: "u" } }];
  const users = [{ name: "u", user: {} }];
  writeFileSync(
    kubeconfigFile,
    JSON.stringify({ apiVersion: "v1", kind: "Config", clusters, contexts, users, "current-context": "c" }),
  );
  const files = { keyFile: join(user.folder, "key"), knownHostsFile: join(user.folder, "known") };
  writeFileSync(files.keyFile, key, { mode: 0o600 });
  writeFileSync(files.knownHostsFile, known);
  const login = { address: "127.0.0.1", port: ssh.port, user: "ubuntu", ...files };
  // Of no platform whose containers verify would look for first.
  const common = { lab: "vm", platform: "test", versions: {}, unavailable: [], nextSteps: [] };
  return JSON.stringify({
    ...common,
    urls: [{ name: "hello", url: `${url}/hello`, curl: "curl", shows: "hello" }],
    clusters: [{ name: "k3s-s", kubeconfigFile, context: "c", gateways: [] }],
    hosts: [{ name: "forum-vm", address: "192.168.10.200", login }],
    network: { name: "n", cidr: "192.168.10.0/24", loadBalancerPool: "p", note: "" },
  });
}

beforeAll(async () => {
  // A set-up with something left to do would start other programs for the first of the two.
  await ensureToolchain(await toolchainLab(undefined));
  api = createServer((request, response) => {
    const page = PAGES[new URL(request.url ?? "/", "http://x").pathname];
    response.writeHead(page === undefined ? 404 : 200, {
      "content-type": page?.startsWith("{") ? "application/json" : "text/plain",
    });
    response.end(page);
  });
  await new Promise<void>((listening) => api.listen(0, "127.0.0.1", listening));
  const key = makeKey();
  ssh = await startSshServer({ authorizedKey: key.publicKey });
  const url = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  for (const user of [neat, hostile]) {
    user.checkout = makeCheckout(user.folder);
    const access = accessOf(user, url, key.privateKey, `[127.0.0.1]:${ssh.port} ${ssh.hostKey}\n`);
    writeFileSync(
      join(user.checkout, `Pulumi.${STACK}.yaml`),
      JSON.stringify({ config: { "istio-lab:access": access } }),
    );
  }
  writeHostileFiles(hostile.home);
  hostile.variables = hostileVariables(hostile.home);
});

afterAll(async () => {
  for (const user of [neat, hostile]) {
    await user.cleanUp();
    rmSync(dockerSettingsFolder(cacheFolder(), user.home), { recursive: true, force: true });
  }
  api.close();
  await ssh.close();
});

/** The variables that a user without proxies has no use for. */
function withoutProxies({ line, env }: Started): Started {
  return { line, env: Object.fromEntries(Object.entries(env).filter(([name]) => !/proxy/i.test(name))) };
}

/** Variables of the user's that are nobody's business but theirs, and that mean nothing. */
const HARMLESS = { LC_ANYTHING: "C" };

function compare(mine: Outcome, theirs: Outcome): void {
  expect({ ...theirs, said: "", started: theirs.started.map(withoutProxies) }).toEqual({
    ...mine,
    said: "",
    started: mine.started.map(({ line, env }) => ({ line, env: { ...env, ...HARMLESS } })),
  });
}

describe("a user whose surroundings are full of other projects'", () => {
  /** The tools of the lab. */
  const toolsOf = (user: User) => binFolder(toolchainFolder(readToolchainRecord(STACK, user.environment)!));

  /** What a program prints that this user starts without us. */
  const typed = (command: string, ...words: string[]) => {
    const path = `${binFolder(preparedToolchains()[0]!)}${delimiter}${process.env["PATH"] ?? ""}`;
    return new Promise<string>((done) => {
      const child = spawn(command, words, { env: { ...hostile.environment, KUBECONFIG: "", PATH: path } });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => (output += text));
      }
      child.on("close", () => done(output));
    });
  };

  it.each([
    ["kubectl", ["create", "configmap", "x", "--dry-run=client"], /"kind": "ConfigMap"/],
    ["curl", ["--silent", "--noproxy", "*", "URL"], /^$/],
    ["istioctl", ["--help"], /elsewhere/],
    ["docker", ["network", "ls", "--filter", "name=^none$"], /^[0-9a-f]{12}\n$/],
    ["bash", ["-c", "docker ps"], /^noise from .*\nnoise from a function\n$/],
  ])("has settings that change what %s does", async (command, words, output) => {
    const url = `http://127.0.0.1:${(api.address() as AddressInfo).port}/hello`;
    expect(await typed(command, ...words.map((word) => (word === "URL" ? url : word)))).toMatch(output);
  });

  it("builds the same lab", async () => {
    const [mine, theirs] = [await neat.outcome("up", ["--json"]), await hostile.outcome("up", ["--json"])];
    expect([mine.exitCode, theirs.exitCode], mine.stderr + theirs.stderr).toEqual([0, 0]);
    const reports = [mine, theirs].map(({ said }) => JSON.parse(said) as { readonly changes: unknown });
    expect(reports.map(({ changes }) => changes)).toEqual([{ create: 2 }, { create: 2 }]);
    const untimed = { stdout: "", stderr: "" };
    compare({ ...mine, ...untimed }, { ...theirs, ...untimed });
  });

  it.each(["program", "step"] as const)("has nothing of it in the %s of a lab", (who) => {
    const [mine, theirs] = [neat.seenBy(who), hostile.seenBy(who)];
    const seen = withoutProxies({ line: "", env: hostile.plainEnvironment(theirs) }).env;
    expect(seen).toEqual({ ...neat.plainEnvironment(mine), ...HARMLESS });
    expect(theirs).toMatchObject({ ...PROXY_VARIABLES, NO_PROXY: PROXY_VARIABLES.no_proxy });
  });

  it.each<readonly [readonly [string, ...string[]]]>([
    [["up"]],
    [["inspect"]],
    [["inspect", "--json"]],
    [["list"]],
    [["verify"]],
    [["heal"]],
    [["trace", "webapp", "catalog"]],
    [["stop"]],
    [["start"]],
    [["setup"]],
    [["doctor"]],
  ])("gets what others get, and so do the programs that it starts: %j", async ([verb, ...words]) => {
    const [mine, theirs] = [await neat.outcome(verb, words), await hostile.outcome(verb, words)];
    compare(mine, theirs);
    if (verb === "verify" || verb === "heal") expect(mine.exitCode, mine.stdout + mine.stderr).toBe(0);
  });

  it("gets from a host through exec what others get", async () => {
    const { exitCode, stdout, stderr } = await hostile.run("exec", ["forum-vm", "echo", "hello  there"]);
    expect([exitCode, stdout, stderr]).toEqual([0, "hello  there\n", ""]);
  });

  it("keeps a whole environment in what exec runs, with the lab's cluster and tools", async () => {
    const { stdout } = await hostile.run("exec", ["k3s-s", "env"]);
    const seen = variablesIn(stdout, "\n");
    const kept = Object.entries(hostile.variables).filter(([name]) => name !== "KUBECONFIG" && !name.includes("%"));
    expect(seen).toMatchObject({ ...Object.fromEntries(kept), KUBECONFIG: join(hostile.folder, "kubeconfig") });
    expect(seen["PATH"]?.split(delimiter)[0]).toBe(toolsOf(hostile));
  });

  it("works on the same stack with a plain pulumi and the exports of env", async () => {
    const { stdout } = await hostile.run("env");
    const update = `pulumi up --yes --skip-preview --non-interactive --stack ${STACK} --config-file '${join(hostile.stateFolder, ".projects", STACK, `Pulumi.${STACK}.yaml`)}'`;
    const script = `${stdout}\n${update}; pulumi stack output done --stack ${STACK}; echo "parallel: \${PULUMI_PARALLEL:-} \${PULUMI_STACK:-}"`;
    // In this process the server would not answer meanwhile; nothing here asks it.
    const said = execFileSync("bash", ["-p", "-c", script], {
      cwd: hostile.checkout,
      env: hostile.environment,
      encoding: "utf8",
    });
    expect(said).toMatch(/ 2 unchanged\n/);
    expect(said).toMatch(/\nparallel: {2}\n$/);
  });

  it("destroys the same lab", async () => {
    const [mine, theirs] = [await neat.outcome("destroy", ["--yes"]), await hostile.outcome("destroy", ["--yes"])];
    expect([mine.exitCode, theirs.exitCode], mine.stderr + theirs.stderr).toEqual([0, 0]);
    compare({ ...mine, stderr: "" }, { ...theirs, stderr: "" });
  });
});
