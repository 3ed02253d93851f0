import type { ToolchainSource } from "../core/toolchain-manifest";
import { shimRuntime } from "./daemon-config";
import type { DoctorRow } from "./doctor-row";
import type { MachineFacts } from "./machine-facts";

const gibibyte = 2 ** 30;
const setup = "npm run lab -- setup";

/** What kind asks for: https://kind.sigs.k8s.io/docs/user/known-issues/#pod-errors-due-to-too-many-open-files */
const wantedWatches = 524_288;
const wantedInstances = 512;

/** Measured 2026-11-22: a node with Istio and applications 0.9 GiB, a VM 0.2 GiB, their start somewhat more. */
const wantedMemory = { fail: 2 * gibibyte, warn: 4 * gibibyte };

/** Bytes that the cache and the engine's images take. */
const wantedDisk: Readonly<Record<ToolchainSource, number>> = { official: 8 * gibibyte, registry: 12 * gibibyte };

/**
 * What this machine's limits mean for the labs.
 * @param finished whether the toolchain is complete, so that little more room is needed
 */
export function machineRows(facts: MachineFacts, source: ToolchainSource, finished: boolean): DoctorRow[] {
  return [
    engineRow(facts),
    ...runtimeRows(facts),
    ...cgroupRows(facts),
    ...inotifyRows(facts),
    memoryRow(facts),
    diskRow(facts, finished ? 2 * gibibyte : wantedDisk[source]),
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
  const start = system === "linux" ? "sudo systemctl start docker" : "open -a Docker";
  const fix = canInstall ? setup : engine.client === undefined ? "sudo apt-get install -y docker.io" : start;
  return row("engine", "Docker that answers", engine.problem ?? "no answer", { level: "fail", fix }, engine.client);
}

/** Only of interest where the kernel withholds the capability. */
function runtimeRows({ engine, isRoot }: MachineFacts): DoctorRow[] {
  if (!engine.restrictedKernel) return [row("capabilities", "CAP_SYS_RESOURCE in CapBnd", "granted", ok)];
  const runtime = engine.defaultRuntime ?? "none yet";
  const shimmed = engine.defaultRuntime !== undefined && engine.defaultRuntime !== "runc";
  const found = `withheld, default runtime ${runtime}`;
  const fix = isRoot ? setup : `sudo ${setup}`;
  return [
    row(
      "capabilities",
      `CAP_SYS_RESOURCE, or a runc shim (${shimRuntime})`,
      found,
      shimmed ? ok : { level: "fail", fix },
    ),
  ];
}

function cgroupRows({ engine }: MachineFacts): DoctorRow[] {
  if (engine.cgroupVersion === undefined) return [];
  // The kubelet refuses version 1 from Kubernetes 1.35 on; the sets here are older.
  return [row("cgroup", "2, or 1 before Kubernetes 1.35", engine.cgroupVersion, ok)];
}

function inotifyRows({ inotify }: MachineFacts): DoctorRow[] {
  if (!inotify) return [];
  const limit = (name: string, found: number, wanted: number): DoctorRow => {
    const fix = `sudo sysctl -w ${name}=${String(wanted)}`;
    return row(name, `>= ${String(wanted)}`, String(found), found >= wanted ? ok : { level: "warn", fix });
  };
  return [
    limit("fs.inotify.max_user_watches", inotify.watches, wantedWatches),
    limit("fs.inotify.max_user_instances", inotify.instances, wantedInstances),
  ];
}

function memoryRow({ availableMemory, engine, system }: MachineFacts): DoctorRow {
  // Docker Desktop's machine has memory of its own, which is what counts.
  const bytes = system === "linux" ? availableMemory : (engine.memory ?? availableMemory);
  const level = bytes < wantedMemory.fail ? "fail" : bytes < wantedMemory.warn ? "warn" : "ok";
  const fix =
    system === "linux"
      ? "stop something large: ps -eo rss,pid,comm --sort=-rss | head"
      : "give Docker Desktop more memory: Settings, Resources";
  return row("memory", ">= 4.0 GiB available", gibibytes(bytes), level === "ok" ? ok : { level, fix });
}

function diskRow({ freeDisk }: MachineFacts, wanted: number): DoctorRow {
  const verdict: Verdict = freeDisk >= wanted ? ok : { level: "fail", fix: "docker system prune --all" };
  return row("disk", `>= ${gibibytes(wanted)} free for the cache`, gibibytes(freeDisk), verdict);
}

function portsRow({ takenPorts }: MachineFacts): DoctorRow {
  const strangers = takenPorts.filter((port) => !port.ours);
  const ours = takenPorts.length > strangers.length ? "in use by a lab" : "free";
  if (strangers.length === 0) return row("ports", "the lab's ports free on loopback", ours, ok);
  const found = strangers.map(({ port, holder }) => `${String(port)} by ${holder}`).join(", ");
  const [first] = strangers;
  const fix = `pulumi config set istio-lab:portBase 31000, or see who listens: sudo ss -ltnp sport = :${String(first?.port)}`;
  return row("ports", "the lab's ports free on loopback", `taken: ${found}`, { level: "warn", fix });
}

function rootRows({ isRoot, system }: MachineFacts, source: ToolchainSource, finished: boolean): DoctorRow[] {
  if (source === "official" || finished) return [];
  const may = isRoot && system === "linux";
  const verdict: Verdict = may ? ok : { level: "fail", fix: `sudo ${setup}` };
  return [
    row(
      "user",
      "root on Debian or Ubuntu, to build from registries",
      may ? "root" : system === "linux" ? "no root" : system,
      verdict,
    ),
  ];
}

function gibibytes(bytes: number): string {
  return `${(bytes / gibibyte).toFixed(1)} GiB`;
}
