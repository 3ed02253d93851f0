import { STACK_LABEL } from "../core/ownership";
import { shellWord } from "../core/shell";
import type { ToolchainSource } from "../core/toolchain-manifest";
import { reachRemedy } from "../core/workstation/engine-place";
import { raiseLine, sysctlName } from "../core/workstation/inotify";
import { inotifyNeeds, needsOf } from "../core/workstation/needs";
import { shimRuntime } from "./daemon-config";
import type { DoctorRow } from "./doctor-row";
import type { MachineFacts } from "./machine-facts";

const gibibyte = 2 ** 30;
const setup = "npm run lab -- setup";

/** The smallest lab, which has to stand, and the largest one of those that nobody made larger. */
export const labSizes = { smallest: { nodes: 1, hosts: 1 }, largest: { nodes: 2, hosts: 1 } } as const;

/** Bytes that the state folder takes: a few megabytes a stack, and as much again while Pulumi writes them again. */
const STATE_DISK = 0.1 * gibibyte;

const DOCKER_ROOM = "docker system df --verbose # shows what takes room and may go";

/** Bytes that the cache and the engine's images take. */
const WANTED_DISK = 12 * gibibyte;

/**
 * What this machine's limits mean for the labs.
 * @param finished whether the toolchain is complete, so that little more room is needed
 */
export function machineRows(facts: MachineFacts, source: ToolchainSource, finished: boolean): DoctorRow[] {
  return [
    engineRow(facts),
    ...runtimeRows(facts),
    ...reachRows(facts),
    ...cgroupRows(facts),
    ...inotifyRows(facts),
    memoryRow(facts),
    ...diskRows(facts, finished ? 2 * gibibyte : WANTED_DISK),
    portsRow(facts),
    ...rootRows(facts, source, finished),
  ];
}

type Verdict = Pick<DoctorRow, "level"> & { readonly fix?: string };

function row(name: string, wanted: string, found: string, verdict: Verdict, path = ""): DoctorRow {
  return { kind: "machine", name, wanted, found, source: "", path, ...verdict };
}

const ok: Verdict = { level: "ok" };

function engineRow({ engine, system, canInstall }: MachineFacts): DoctorRow {
  if (engine.version !== undefined) return row("engine", "Docker that answers", engine.version, ok, engine.client);
  const verdict: Verdict = { level: "fail", fix: engineFix({ engine, system, canInstall }) };
  return row("engine", "Docker that answers", engine.problem ?? "no answer", verdict, engine.client);
}

/** What repairs an engine that does not answer. */
export function engineFix({
  engine,
  system,
  canInstall,
}: Pick<MachineFacts, "engine" | "system" | "canInstall">): string {
  if (engine.remedy !== undefined) return engine.remedy;
  const start = system === "linux" ? "sudo systemctl start docker" : "open -a Docker";
  return canInstall ? setup : engine.client === undefined ? "sudo apt-get install -y docker.io" : start;
}

/** Only of interest if the kernel withholds the capability. */
function runtimeRows(facts: MachineFacts): DoctorRow[] {
  const { engine, isRoot } = facts;
  if (!engine.restrictedKernel) return [row("capabilities", "CAP_SYS_RESOURCE in CapBnd", "granted", ok)];
  const wanted = `CAP_SYS_RESOURCE, or a runc shim (${shimRuntime})`;
  if (engine.version === undefined) {
    const found = "withheld, and the engine does not answer";
    return [row("capabilities", wanted, found, { level: "warn", fix: engineFix(facts) })];
  }
  const runtime = engine.defaultRuntime ?? "none yet";
  const shimmed = engine.defaultRuntime !== undefined && engine.defaultRuntime !== "runc";
  const found = `withheld, default runtime ${runtime}`;
  const fix = isRoot ? setup : `sudo ${setup}`;
  return [row("capabilities", wanted, found, shimmed ? ok : { level: "fail", fix })];
}

function cgroupRows({ engine }: MachineFacts): DoctorRow[] {
  if (engine.cgroupVersion === undefined) return [];
  // The kubelet refuses version 1 from Kubernetes 1.35 on; the sets here are older.
  return [row("cgroup", "2, or 1 before Kubernetes 1.35", engine.cgroupVersion, ok)];
}

function inotifyRows({ workstation, isRoot }: MachineFacts): DoctorRow[] {
  const { inotify, others } = workstation;
  if (inotify === undefined) return [];
  const wanted = inotifyNeeds(labSizes.smallest, others);
  // What is too low for root is raised by `up` and `setup`.
  const level = isRoot ? "warn" : "fail";
  return (["watches", "instances"] as const).map((limit) => {
    const verdict: Verdict = inotify[limit] >= wanted[limit] ? ok : { level, fix: raiseLine([limit]) };
    return row(sysctlName(limit), `>= ${String(wanted[limit])}`, String(inotify[limit]), verdict);
  });
}

function memoryRow({ workstation: { availableMemory, engine } }: MachineFacts): DoctorRow {
  const wanted = { fail: needsOf(labSizes.smallest).memory, warn: needsOf(labSizes.largest).memory };
  const level = availableMemory < wanted.fail ? "fail" : availableMemory < wanted.warn ? "warn" : "ok";
  const fix =
    engine?.isHere === false
      ? "give the engine's machine more memory (Docker Desktop: Settings, Resources)"
      : "stop something large: ps -eo rss,pid,comm --sort=-rss | head";
  const found = gibibytes(availableMemory);
  return row("memory", `>= ${gibibytes(wanted.warn)} available`, found, level === "ok" ? ok : { level, fix });
}

function diskRows({ freeDisk, state, workstation: { engine } }: MachineFacts, wanted: number): DoctorRow[] {
  const disk = (name: string, free: number, least: number, what: string, fix = DOCKER_ROOM): DoctorRow =>
    row(name, `>= ${gibibytes(least)} free ${what}`, gibibytes(free), free >= least ? ok : { level: "fail", fix });
  const needed = needsOf(labSizes.smallest).disk;
  const stateFix = `df -h ${shellWord(state.folder)} # make room there, or name another folder in ISTIO_LAB_STATE`;
  return [
    disk("disk", freeDisk, wanted, "for the cache"),
    disk("state's disk", state.freeDisk, STATE_DISK, "for states, keys and kubeconfigs", stateFix),
    ...(engine?.freeDisk === undefined ? [] : [disk("engine's disk", engine.freeDisk, needed, "for containers")]),
  ];
}

function reachRows({ workstation: { engine, publishedPortProblem } }: MachineFacts): DoctorRow[] {
  if (engine === undefined) return [];
  const where = engine.isHere ? "the engine is here" : `engine ${engine.name}`;
  const verdict: Verdict = publishedPortProblem === undefined ? ok : { level: "fail", fix: reachRemedy(engine) };
  const found = publishedPortProblem === undefined ? where : `${where}: ${publishedPortProblem}`;
  return [row("published ports", "reached on 127.0.0.1", found, verdict, engine.endpoint)];
}

function portsRow({ workstation: { takenPorts } }: MachineFacts): DoctorRow {
  const strangers = takenPorts.filter(({ labels }) => labels?.[STACK_LABEL] === undefined);
  const ours = takenPorts.length > strangers.length ? "in use by a lab" : "free";
  if (strangers.length === 0) return row("ports", "the lab's ports free on loopback", ours, ok);
  const found = strangers.map(({ port, holder }) => `${String(port)} by ${holder}`).join(", ");
  const [first] = strangers;
  const fix = `run up with -c portBase=30500, or see who listens: sudo ss -ltnp sport = :${String(first?.port)}`;
  return row("ports", "the lab's ports free on loopback", `taken: ${found}`, { level: "warn", fix });
}

/** What root prepares is in root's cache, where no other user can use it. */
const AS_ROOT = "sudo -i # and use istio-lab as root, also for the labs";

function rootRows({ isRoot, system }: MachineFacts, source: ToolchainSource, finished: boolean): DoctorRow[] {
  if (source === "official" || finished) return [];
  const may = isRoot && system === "linux";
  const verdict: Verdict = may ? ok : { level: "fail", fix: AS_ROOT };
  return [
    row(
      "user",
      "root on Debian or Ubuntu, to build from package registries",
      may ? "root" : system === "linux" ? "no root" : system,
      verdict,
    ),
  ];
}

function gibibytes(bytes: number): string {
  return `${(bytes / gibibyte).toFixed(1)} GiB`;
}
