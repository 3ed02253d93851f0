import { findEngine } from "./engine-place";
import { HERE, type Surroundings } from "./surroundings";

/** Limits of the kernel for each user: everything in containers belongs to root and shares them. */
export interface InotifyLimits {
  readonly instances: number;
  readonly watches: number;
}

const FOLDER = "/proc/sys/fs/inotify";

/** The kernel's settings, as files and as `sysctl` calls them. */
const SETTINGS = {
  instances: "max_user_instances",
  watches: "max_user_watches",
} as const satisfies Record<keyof InotifyLimits, string>;

/** What root gets from us. Measured: eight nodes with their VMs stand with these. */
export const RAISED_LIMITS: InotifyLimits = { instances: 1024, watches: 524_288 };

/** Name of a limit as `sysctl` knows it. */
export function sysctlName(limit: keyof InotifyLimits): string {
  return `fs.inotify.${SETTINGS[limit]}`;
}

/** Reads the limits of this machine's kernel; undefined if it is not Linux. */
export function readInotifyLimits({ readText }: Pick<Surroundings, "readText">): InotifyLimits | undefined {
  const [instances, watches] = (["instances", "watches"] as const).map((limit) => {
    const text = readText(`${FOLDER}/${SETTINGS[limit]}`);
    return text === undefined ? undefined : Number(text);
  });
  return instances === undefined || watches === undefined ? undefined : { instances, watches };
}

/** The limits that are lower than wanted. */
export function lowLimits(limits: InotifyLimits, wanted: InotifyLimits): (keyof InotifyLimits)[] {
  return (["instances", "watches"] as const).filter((limit) => limits[limit] < wanted[limit]);
}

/** The line to paste that raises limits until the next restart of the machine. */
export function raiseLine(limits: readonly (keyof InotifyLimits)[]): string {
  return `sudo sysctl -w ${settingsOf(limits).join(" ")}`;
}

/** The line to paste that makes raised limits outlast a restart of the machine. */
export function keepLine(limits: readonly (keyof InotifyLimits)[]): string {
  return `printf '%s\\n' ${settingsOf(limits).join(" ")} | sudo tee /etc/sysctl.d/60-istio-lab.conf`;
}

function settingsOf(limits: readonly (keyof InotifyLimits)[]): string[] {
  return limits.map((limit) => `${sysctlName(limit)}=${RAISED_LIMITS[limit]}`);
}

/**
 * Raises the limits of this machine until its next restart, if the user is root, they are low and the engine is here; says so before.
 * A kernel that does not allow it keeps its limits: the preflight refuses a lab that they do not hold.
 */
export async function raiseInotifyLimits(
  say: (line: string) => void,
  surroundings: Surroundings = HERE,
): Promise<void> {
  const limits = readInotifyLimits(surroundings);
  const low = limits === undefined || !surroundings.isRoot ? [] : lowLimits(limits, RAISED_LIMITS);
  if (low.length === 0 || !(await findEngine(surroundings)).isHere) {
    return;
  }
  for (const limit of low) {
    const [name, from, to] = [sysctlName(limit), limits?.[limit] ?? 0, RAISED_LIMITS[limit]];
    say(`raising ${name} from ${from} to ${to}, until the next restart of this machine`);
    try {
      surroundings.writeText(`${FOLDER}/${SETTINGS[limit]}`, `${to}\n`);
    } catch (error) {
      say(`${name} cannot be raised: ${(error as Error).message}`);
      return;
    }
  }
  say(`to keep that: ${keepLine(low)}`);
}
