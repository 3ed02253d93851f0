import type { Surroundings } from "./surroundings";

/** Bytes that new processes of this machine can use: MemAvailable on Linux; elsewhere free memory is the nearest that Node knows. */
export function availableMemory({ readText, freeMemory }: Pick<Surroundings, "readText" | "freeMemory">): number {
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readText("/proc/meminfo") ?? "")?.[1];
  return kibibytes === undefined ? freeMemory() : Number(kibibytes) * 1024;
}

/** Files of one version of control groups, at the root that this process sees: that of its container. */
interface ControlGroup {
  readonly limit: string;
  readonly usage: string;
  /** The entry of `memory.stat` that the kernel gives back when asked. */
  readonly reclaimable: RegExp;
}

const FOLDER = "/sys/fs/cgroup";
const VERSIONS: readonly ControlGroup[] = [
  { limit: `${FOLDER}/memory.max`, usage: `${FOLDER}/memory.current`, reclaimable: /^inactive_file (\d+)$/m },
  {
    limit: `${FOLDER}/memory/memory.limit_in_bytes`,
    usage: `${FOLDER}/memory/memory.usage_in_bytes`,
    reclaimable: /^total_inactive_file (\d+)$/m,
  },
];

/**
 * Bytes that the container in which we run may still take, for an engine that runs in that container too.
 * @returns Infinity if there is no limit
 */
export function memoryOfContainer({ readText }: Pick<Surroundings, "readText">): number {
  const left = VERSIONS.map(({ limit, usage, reclaimable }) => {
    const stat = readText(limit.replace(/[^/]+$/, "memory.stat")) ?? "";
    const [most, used] = [Number(readText(limit) ?? NaN), Number(readText(usage) ?? 0)];
    // Version 2 writes `max`, version 1 a number that is larger than any memory.
    return Number.isNaN(most) ? Infinity : most - used + Number(reclaimable.exec(stat)?.[1] ?? 0);
  });
  return Math.min(...left);
}
