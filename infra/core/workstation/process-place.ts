import { readFileSync, readlinkSync } from "node:fs";

/** Where process ids mean what they say. Linux tells; of other systems nothing is known, and there is one such place at a time. */
export interface ProcessPlace {
  /** The kernel's id of this run of the machine; containers have their machine's. */
  readonly boot?: string;
  /** The kernel's name of the PID namespace, e.g. `pid:[4026531836]`; a container has its own. */
  readonly pidNamespace?: string;
}

/** What can be told of a process from here, by its place alone: `gone` the machine was restarted, `hidden` it belongs to another PID namespace. */
export type Sight = "visible" | "gone" | "hidden";

/** The place of this process. */
export function placeOfThis(): ProcessPlace {
  const boot = known(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  const pidNamespace = known(() => readlinkSync("/proc/self/ns/pid"));
  return { ...(boot === undefined ? {} : { boot }), ...(pidNamespace === undefined ? {} : { pidNamespace }) };
}

/**
 * What can be told of a process that has noted its place; of a note without a place, which an older istio-lab wrote, it is taken for this one.
 * @param here the place from which is looked. Default: that of this process
 */
export function sightOf(noted: ProcessPlace, here = placeOfThis()): Sight {
  if (differ(noted.boot, here.boot)) {
    return "gone";
  }
  return differ(noted.pidNamespace, here.pidNamespace) ? "hidden" : "visible";
}

function differ(one: unknown, other: unknown): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

/** @returns undefined if the system does not tell */
function known(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
