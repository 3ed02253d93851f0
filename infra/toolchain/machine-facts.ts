import { readFileSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { freemem } from "node:os";
import { ask } from "../core/child";
import { canInstallPackages } from "./apt";
import { inspectEngine, type EngineReport } from "./engine";

/** What is to be known of a machine before a lab stands on it. */
export interface MachineFacts {
  readonly system: string;
  readonly node: string;
  readonly isRoot: boolean;
  /** Root on Debian or Ubuntu. */
  readonly canInstall: boolean;
  readonly engine: EngineReport;
  /** fs.inotify.*; undefined where the kernel is another's, as on macOS. */
  readonly inotify?: { readonly watches: number; readonly instances: number };
  /** Bytes that new processes can use. */
  readonly availableMemory: number;
  /** Bytes free where the cache lies. */
  readonly freeDisk: number;
  /** The lab's ports that somebody listens on, with who that is. */
  readonly takenPorts: readonly { readonly port: number; readonly holder: string; readonly ours: boolean }[];
}

/** Looks at this machine; changes nothing. Takes less than half a second. */
export async function readMachineFacts(cache: string, ports: readonly number[]): Promise<MachineFacts> {
  const [engine, holders, taken] = await Promise.all([inspectEngine(cache), portHolders(), takenOf(ports)]);
  const inotify = readInotify();
  const disk = statfsSync(cache);
  return {
    system: process.platform,
    node: process.versions.node,
    isRoot: process.getuid?.() === 0,
    canInstall: canInstallPackages(),
    engine,
    ...(inotify ? { inotify } : {}),
    availableMemory: availableMemory(),
    freeDisk: disk.bavail * disk.bsize,
    takenPorts: taken.map((port) => {
      const holder = holders.get(port);
      return {
        port,
        holder: holder === undefined ? "a process" : `container ${holder}`,
        ours: holder?.startsWith("istio-lab-") ?? false,
      };
    }),
  };
}

function readInotify(): MachineFacts["inotify"] {
  const limit = (name: string): number => Number(readFileSync(`/proc/sys/fs/inotify/${name}`, "utf8"));
  try {
    return { watches: limit("max_user_watches"), instances: limit("max_user_instances") };
  } catch {
    return undefined;
  }
}

/** MemAvailable counts what the kernel gives back when asked; Node's figure of free memory does not. */
function availableMemory(): number {
  try {
    const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) * 1024;
  } catch {
    // Not Linux.
  }
  return freemem();
}

async function takenOf(ports: readonly number[]): Promise<number[]> {
  const taken = await Promise.all(ports.map(async (port) => ((await canListen(port)) ? [] : [port])));
  return taken.flat();
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Containers by the ports of this machine that they publish. */
async function portHolders(): Promise<Map<number, string>> {
  const answer = await ask("docker", ["ps", "--format", "{{.Names}}\t{{.Ports}}"]);
  const holders = new Map<number, string>();
  for (const line of answer.stdout.split("\n")) {
    const [name = "", published = ""] = line.split("\t");
    for (const [, first = "", last = first] of published.matchAll(/:(\d+)(?:-(\d+))?->/g)) {
      for (let port = Number(first); port <= Number(last); port++) holders.set(port, name);
    }
  }
  return holders;
}
