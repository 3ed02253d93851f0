import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { request as httpsRequest } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheFolder } from "../../infra/core/paths";

/** Programs of a Kubernetes control plane, by name. */
export interface ControlPlanePrograms {
  readonly etcd: string;
  readonly "kube-apiserver": string;
  readonly "kube-controller-manager": string;
}

/** A control plane without nodes: objects are stored, validated and controlled, but no pod runs. */
export interface ControlPlane {
  /** Kubeconfig of an administrator, as YAML. */
  readonly kubeconfig: string;
  /** Sends one request to the API server, as the administrator. */
  request(method: string, path: string, body?: unknown, contentType?: string): Promise<Record<string, unknown>>;
  /** Ends the programs and removes their files. */
  stop(): Promise<void>;
}

const names = ["etcd", "kube-apiserver", "kube-controller-manager"] as const;

/**
 * Finds the programs that `npm run lab -- setup` built in registry mode.
 * @returns undefined if setup has not built them; `ISTIO_LAB_CONTROL_PLANE` names a folder to look in instead
 */
export function findControlPlane(): ControlPlanePrograms | undefined {
  const store = join(cacheFolder(), "store");
  const given = process.env["ISTIO_LAB_CONTROL_PLANE"];
  const folders =
    given === undefined ? (existsSync(store) ? readdirSync(store).map((name) => join(store, name)) : []) : [given];
  const places = folders.flatMap((folder) => [folder, join(folder, "bin")]);
  const found = names.map((name) => places.map((place) => join(place, name)).find(existsSync));
  return found.every((path) => path !== undefined)
    ? { etcd: found[0] ?? "", "kube-apiserver": found[1] ?? "", "kube-controller-manager": found[2] ?? "" }
    : undefined;
}

/** A port that was free a moment ago has another owner. */
class PortTakenError extends Error {}

/** Starts a control plane on loopback. Takes about 3 s. */
export async function startControlPlane(programs: ControlPlanePrograms): Promise<ControlPlane> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(programs);
    } catch (error) {
      if (!(error instanceof PortTakenError) || attempt === 5) {
        throw error;
      }
    }
  }
}

async function startOnce(programs: ControlPlanePrograms): Promise<ControlPlane> {
  const folder = mkdtempSync(join(tmpdir(), "istio-lab-control-plane-"));
  const processes: ChildProcess[] = [];
  const run = (program: string, args: readonly string[]): void => {
    const log = logOf(folder, program);
    const file = openSync(log, "w");
    processes.push(spawn(program, args, { stdio: ["ignore", file, file] }));
    closeSync(file);
  };
  // A worker that is told to end early still leaves nothing behind.
  const killAll = (): void => processes.forEach((child) => void child.kill("SIGKILL"));
  process.once("exit", killAll);
  const stop = async (): Promise<void> => {
    const ended = processes.map((child) =>
      child.exitCode !== null || child.signalCode !== null
        ? Promise.resolve()
        : new Promise((resolve) => child.once("exit", resolve)),
    );
    killAll();
    process.off("exit", killAll);
    await Promise.all(ended);
    rmSync(folder, { recursive: true, force: true });
  };
  const until = (what: string, holds: () => Promise<boolean>) =>
    untilSo(what, holds, () => assertAllRun(processes, folder));
  try {
    const [client = 0, peer = 0, api = 0] = await freePorts(3);
    const token = randomBytes(16).toString("hex");
    writeKeys(folder, token);
    run(programs.etcd, etcdArguments(folder, client, peer));
    run(programs["kube-apiserver"], apiServerArguments(folder, client, api));
    const plane = { server: `https://127.0.0.1:${String(api)}`, token, certificate: "" };
    await until("the API server", async () => {
      // Read at each try: the server opens the file before it writes the certificate.
      plane.certificate = readFileSync(join(folder, "apiserver.crt"), "utf8");
      return (await send(plane, "GET", "/readyz")).status === 200;
    });
    const kubeconfig = kubeconfigOf(plane);
    writeFileSync(join(folder, "kubeconfig"), kubeconfig, { mode: 0o600 });
    run(programs["kube-controller-manager"], controllerArguments(folder));
    await until("the namespace default", async () => {
      return (await send(plane, "GET", "/api/v1/namespaces/default/serviceaccounts/default")).status === 200;
    });
    return {
      kubeconfig,
      stop,
      async request(method, path, body, contentType) {
        const { text } = await send(plane, method, path, body, contentType);
        return JSON.parse(text) as Record<string, unknown>;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function writeKeys(folder: string, token: string): void {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(join(folder, "sa.key"), privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });
  writeFileSync(join(folder, "tokens.csv"), `${token},admin,admin,system:masters\n`, { mode: 0o600 });
}

function etcdArguments(folder: string, client: number, peer: number): string[] {
  const clientUrl = `http://127.0.0.1:${String(client)}`;
  const peerUrl = `http://127.0.0.1:${String(peer)}`;
  return [
    `--data-dir=${join(folder, "etcd")}`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    "--unsafe-no-fsync",
  ];
}

function apiServerArguments(folder: string, etcd: number, port: number): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${String(etcd)}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${String(port)}`,
    `--cert-dir=${folder}`,
    `--token-auth-file=${join(folder, "tokens.csv")}`,
    "--authorization-mode=RBAC",
    "--service-cluster-ip-range=10.99.0.0/24",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${join(folder, "sa.key")}`,
    `--service-account-signing-key-file=${join(folder, "sa.key")}`,
  ];
}

function controllerArguments(folder: string): string[] {
  return [
    `--kubeconfig=${join(folder, "kubeconfig")}`,
    "--leader-elect=false",
    "--secure-port=0",
    `--service-account-private-key-file=${join(folder, "sa.key")}`,
  ];
}

interface Endpoint {
  readonly server: string;
  readonly token: string;
  readonly certificate: string;
}

function kubeconfigOf({ server, token, certificate }: Endpoint): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    clusters: [
      { name: "test", cluster: { server, "certificate-authority-data": Buffer.from(certificate).toString("base64") } },
    ],
    users: [{ name: "admin", user: { token } }],
  });
}

function send(
  { server, token, certificate }: Endpoint,
  method: string,
  path: string,
  body?: unknown,
  contentType = "application/json",
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": contentType };
    const request = httpsRequest(`${server}${path}`, { method, ca: certificate, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    request.on("error", reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function logOf(folder: string, program: string): string {
  return join(folder, `${basename(program)}.log`);
}

/** @throws PortTakenError if a program has ended since its port is taken, Error if it has ended otherwise */
function assertAllRun(processes: readonly ChildProcess[], folder: string): void {
  const ended = processes.find(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null);
  if (ended !== undefined) {
    const text = readFileSync(logOf(folder, ended.spawnfile), "utf8");
    const message = `control plane: ${basename(ended.spawnfile)} has ended:\n${text.slice(-2000)}`;
    throw text.includes("address already in use") ? new PortTakenError(message) : new Error(message);
  }
}

async function untilSo(what: string, holds: () => Promise<boolean>, assertHope: () => void): Promise<void> {
  const deadline = Date.now() + 240_000;
  let last: unknown;
  while (Date.now() < deadline) {
    assertHope();
    try {
      if (await holds()) {
        return;
      }
    } catch (error) {
      last = error;
    }
    await sleep(50);
  }
  throw new Error(`control plane: ${what} was not there after 240 s (${String(last)})`);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
