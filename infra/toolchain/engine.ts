import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ask, environmentFor } from "../core/child";
import { chosenEngine } from "../core/engine-choice";
import { engineProblem, engineRemedy, isRefused, settingRemedy } from "../core/engine-problem";
import { parseJson } from "../core/json";
import { processorNamed, type Processor } from "../core/processor";
import { installPackages } from "./apt";
import type { DockerInfo } from "../core/workstation/engine-place";
import { findProgram } from "../core/workstation/find-program";
import { ensureShimRuntime, shimRuntime } from "./daemon-config";
import { makePrivateFolder } from "./files";
import { processFile, processIds } from "../core/workstation/processes";
import { isRestrictedKernel } from "../core/workstation/restricted-kernel";
import { HERE } from "../core/workstation/surroundings";

/** What is known about this machine's container engine. */
export interface EngineReport {
  /** Absolute path of the `docker` client; undefined if there is none. */
  readonly client?: string;
  /** Version of the engine; undefined if it does not answer. */
  readonly version?: string;
  readonly defaultRuntime?: string;
  /** 1 or 2. */
  readonly cgroupVersion?: string;
  /** What its containers are for, which need not be this machine's. */
  readonly processor?: Processor;
  /** Bytes that containers can use. */
  readonly memory?: number;
  /** Why the engine does not answer, in its own words. */
  readonly problem?: string;
  /** What to do about that, if no set-up and no start of this machine's engine helps, e.g. `unset DOCKER_API_VERSION`. */
  readonly remedy?: string;
  /** The engine runs, and this user may not use its socket. */
  readonly refused?: boolean;
  /** The engine runs on this machine's kernel, and that withholds CAP_SYS_RESOURCE. */
  readonly restrictedKernel: boolean;
}

/** What a set-up of the engine may use. */
export interface EngineOptions {
  /** Absolute path of the cache folder: log and process id of an engine that we start lie in its folder `engine`. */
  readonly cache: string;
  /** Tells the user what happens to the machine, before it happens. */
  readonly say: (text: string) => void;
  /** Makes the runc shim; called only if it is needed. */
  readonly shim: () => Promise<string>;
}

/** How long an engine may take to start, in seconds. */
const START_SECONDS = 90;

const daemonConfigFile = "/etc/docker/daemon.json";
const shimFile = "/usr/local/sbin/istio-lab-runc";

/** Asks the engine, in less than 100 ms if it runs. */
export async function inspectEngine(cache: string): Promise<EngineReport> {
  const client = findProgram("docker");
  if (client === undefined)
    return { problem: "there is no docker client on PATH", restrictedKernel: isRestrictedKernel() };
  const answer = await ask(client, ["info", "--format", "{{json .}}"]);
  const info = Object(parseJson(answer.stdout)) as DockerInfo;
  const answers = typeof info.ServerVersion === "string" && info.ServerVersion !== "";
  // One that was started from another cache has left its process id there.
  const daemon = enginePid(cache) ?? (answers && !isElsewhere() ? daemonsHere()[0] : undefined);
  return {
    client,
    ...(answers ? { version: info.ServerVersion } : problemOf(info.ServerErrors?.[0] ?? answer.stderr)),
    ...(info.DefaultRuntime ? { defaultRuntime: info.DefaultRuntime } : {}),
    ...(info.CgroupVersion ? { cgroupVersion: info.CgroupVersion } : {}),
    ...processorOf(info),
    ...(info.MemTotal ? { memory: info.MemTotal } : {}),
    // An engine whose process is not seen here, such as Docker Desktop's, runs on another kernel.
    restrictedKernel:
      daemon !== undefined ? isRestrictedKernel(daemon) : !answers && !isElsewhere() && isRestrictedKernel(),
  };
}

function processorOf({ Architecture = "" }: DockerInfo): Pick<EngineReport, "processor"> {
  const processor = processorNamed(Architecture);
  return processor === undefined ? {} : { processor };
}

function problemOf(said: string): Pick<EngineReport, "problem" | "remedy" | "refused"> {
  const remedy = engineRemedy(said, process.env);
  return { problem: engineProblem(said), refused: isRefused(said), ...(remedy === undefined ? {} : { remedy }) };
}

/**
 * Makes sure that an engine answers and can start privileged containers: installs it if the user is root on Debian or
 * Ubuntu, starts it, and puts the shim in front of runc if the kernel withholds CAP_SYS_RESOURCE.
 * @throws Error that names the fix if it is not for us to repair
 */
export async function ensureEngine(options: EngineOptions): Promise<EngineReport> {
  let report = await inspectEngine(options.cache);
  if (report.version === undefined) {
    assertRepairable(report);
    if (findDaemon() === undefined || report.client === undefined) {
      await installPackages(enginePackages(), "Docker is missing", options);
    }
    const isStarted = enginePid(options.cache) !== undefined;
    if (report.restrictedKernel && !isStarted) await installShim(options);
    await startEngine(options, isStarted);
    report = await inspectEngine(options.cache);
  }
  if (report.restrictedKernel && (report.defaultRuntime ?? "runc") === "runc") {
    if (!HERE.isRoot) throw new Error(shimFix);
    await installShim(options);
    const daemon = enginePid(options.cache);
    // The running engine reads runtimes and default-runtime again at SIGHUP; containers go on.
    if (daemon !== undefined) process.kill(daemon, "SIGHUP");
    report = await untilRuntime(options.cache);
  }
  if (report.version === undefined)
    throw new Error(`the Docker engine does not answer: ${report.problem ?? "no reason given"}`);
  return report;
}

const shimFix =
  "this machine's kernel withholds CAP_SYS_RESOURCE from containers, so runc needs a shim: run once as root: npm run lab -- setup";

/**
 * Call it before anything else is said or done: without an engine, nothing else helps.
 * @throws Error that says what is wrong and what would be right, if the engine does not answer and it is not for us, or not for this user, to repair that
 */
export function assertRepairable(report: EngineReport): void {
  if (report.version !== undefined) return;
  const problem = report.problem ?? "no reason given";
  const chosen = chosenEngine(process.env);
  const remedy = report.refused ? report.remedy : settingRemedy(problem, process.env);
  if (remedy) throw new Error(`the Docker engine cannot be asked: ${problem}; ${remedy}`);
  if (chosen) throw new Error(`${chosen.name} does not answer: ${problem}; start it, or ${chosen.remedy}`);
  if (HERE.platform !== "linux") {
    const fix = report.client
      ? "start it (Docker Desktop, OrbStack or colima)"
      : "install Docker Desktop, OrbStack or colima";
    throw new Error(`the Docker engine does not answer: ${problem}; ${fix}, then run: npm run lab -- setup`);
  }
  if (!HERE.isRoot) {
    const fix = report.client
      ? "start it: sudo systemctl start docker"
      : "install it: https://docs.docker.com/engine/install/ (Debian and Ubuntu: sudo apt-get install docker.io)";
    throw new Error(`the Docker engine does not answer: ${problem}; ${fix}, then run: npm run lab -- setup`);
  }
}

async function installShim(options: EngineOptions): Promise<void> {
  options.say(
    `the kernel withholds CAP_SYS_RESOURCE: a shim in front of runc becomes Docker's default runtime (${daemonConfigFile})`,
  );
  const made = await options.shim();
  mkdirSync("/usr/local/sbin", { recursive: true });
  copyFileSync(made, `${shimFile}.new`);
  chmodSync(`${shimFile}.new`, 0o755);
  renameSync(`${shimFile}.new`, shimFile);
  ensureShimRuntime(daemonConfigFile, shimFile);
}

/** @param isStarted somebody has started it, and it does not answer yet */
async function startEngine(options: EngineOptions, isStarted: boolean): Promise<void> {
  options.say(`the Docker engine ${isStarted ? "does not answer: waiting for it" : "does not run: starting it"}`);
  const folder = engineFolder(options.cache);
  makePrivateFolder(folder);
  const log = join(folder, "dockerd.log");
  const script = join(__dirname, "engine-start.sh");
  const values = { LOG: log, PID_FILE: join(folder, "dockerd.pid"), DEADLINE: "60" };
  // The engine, too, reaches registries through the user's proxies.
  const env = { ...environmentFor({ use: "download" }), ...values };
  const answer = await ask("bash", ["-p", script], { env, timeoutMilliseconds: START_SECONDS * 1000 });
  if (!answer.ok) {
    const said = answer.stderr.trim() || `docker info gave no answer for ${START_SECONDS} s`;
    throw new Error(`the Docker engine cannot be started: ${said}\n  its log: ${log}`);
  }
}

async function untilRuntime(cache: string): Promise<EngineReport> {
  for (let tenths = 0; ; tenths++) {
    const report = await inspectEngine(cache);
    if (report.defaultRuntime === shimRuntime) return report;
    if (tenths === 50) {
      throw new Error(`the Docker engine did not take ${daemonConfigFile} over; restart it: systemctl restart docker`);
    }
    await sleep(100);
  }
}

/** Docker only recommends the package that mounts the control groups if no init system does. */
function enginePackages(): string[] {
  return existsSync("/run/systemd/system") ? ["docker.io"] : ["docker.io", "cgroupfs-mount"];
}

function findDaemon(): string | undefined {
  return findProgram("dockerd", `${process.env["PATH"] ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`);
}

/** Process id of the engine if it runs on this machine and is to be seen. */
function enginePid(cache: string): number | undefined {
  if (isElsewhere()) return undefined;
  const files = [join(engineFolder(cache), "dockerd.pid"), "/run/docker.pid", "/var/run/docker.pid"];
  return files.map(readPid).find((pid) => pid !== undefined && isDaemon(pid));
}

/** Process ids of the engines that run in our own process namespace, whoever started them; not those inside containers. */
export function daemonsHere(): number[] {
  // A process in a namespace further down has a second number there.
  const isOurs = (pid: number) => /^NSpid:\s*\d+$/m.test(processFile(pid, "status") ?? "");
  return processIds().filter(isDaemon).filter(isOurs);
}

/** The user named an engine that is not the one that a system service runs here. */
function isElsewhere(): boolean {
  const host = process.env["DOCKER_HOST"] ?? "";
  if (/^unix:\/\/(\/var)?\/run\/docker\.sock$/.test(host)) return false;
  return chosenEngine(process.env) !== undefined;
}

function engineFolder(cache: string): string {
  return join(cache, "engine");
}

function readPid(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, "utf8").trim());
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isDaemon(pid: number): boolean {
  return processFile(pid, "comm")?.trim() === "dockerd";
}
