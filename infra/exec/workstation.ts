import { readFileSync } from "node:fs";
import { freemem } from "node:os";
import { askNow } from "../core/child";

/** A port of this machine that somebody listens on. */
export interface ListeningPort {
  readonly port: number;
  /** Who, e.g. `container web` or `process nginx`. */
  readonly holder: string;
  /** The stack whose container holds it, where it is one of ours. */
  readonly stack?: string;
}

/** What the machine is like on which a lab is to stand. */
export interface Workstation {
  /** Undefined where the Docker engine answers, else what it said. */
  readonly engineProblem?: string;
  /** Bytes that new processes can use. */
  readonly availableMemory: number;
  readonly listening: readonly ListeningPort[];
  /** Destinations of this host's routes, as CIDR, with the interface. The default route is left out. */
  readonly routes: readonly { readonly cidr: string; readonly device: string }[];
}

/**
 * Looks at this machine; changes nothing.
 * @param ownsContainer tells the stack that a container belongs to from its name and kind cluster
 */
export function inspectWorkstation(ownsContainer: (name: string, label: string) => string | undefined): Workstation {
  const containers = askNow("docker", ["ps", "--format", '{{.Names}}\t{{.Label "istio-lab.stack"}}\t{{.Ports}}']);
  const published = containers.stdout.split("\n").flatMap((line) => publishedPorts(line, ownsContainer));
  const known = new Set(published.map(({ port }) => port));
  const others = processPorts().filter(({ port }) => !known.has(port));
  return {
    ...(containers.ok ? {} : { engineProblem: containers.startProblem ?? containers.stderr.trim() }),
    availableMemory: availableMemory(),
    listening: [...published, ...others],
    routes: parseRoutes(askNow("ip", ["-4", "route", "show"]).stdout),
  };
}

function publishedPorts(
  line: string,
  ownsContainer: (name: string, label: string) => string | undefined,
): ListeningPort[] {
  const [name = "", label = "", ports = ""] = line.split("\t");
  const stack = ownsContainer(name, label);
  return [...ports.matchAll(/:(\d+)(?:-(\d+))?->/g)].flatMap(([, first = "", last = first]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => ({
      port: Number(first) + index,
      holder: `container ${name}`,
      ...(stack === undefined ? {} : { stack }),
    })),
  );
}

/** `ss` on Linux, `lsof` on macOS: both name the process, where the user may see it. */
function processPorts(): ListeningPort[] {
  if (process.platform === "linux") {
    return askNow("ss", ["-Hltnp"])
      .stdout.split("\n")
      .flatMap((line) => {
        const port = /^\S+\s+\S+\s+\S+\s+\S*:(\d+)\s/.exec(line)?.[1];
        const name = /users:\(\("([^"]+)"/.exec(line)?.[1];
        return port === undefined ? [] : [{ port: Number(port), holder: `process ${name ?? "of another user"}` }];
      });
  }
  return askNow("lsof", ["-nP", "-iTCP", "-sTCP:LISTEN"])
    .stdout.split("\n")
    .flatMap((line) => {
      const match = /^(\S+)\s.*:(\d+) \(LISTEN\)$/.exec(line);
      return match ? [{ port: Number(match[2]), holder: `process ${match[1] ?? "unknown"}` }] : [];
    });
}

/** Reads `ip route show`; a bare address is a route to one host. */
export function parseRoutes(text: string): { cidr: string; device: string }[] {
  return text.split("\n").flatMap((line) => {
    const match = /^(\d[\d.]*)(\/\d+)?\s(?:.*\s)?dev (\S+)/.exec(line);
    return match?.[1] === undefined ? [] : [{ cidr: `${match[1]}${match[2] ?? "/32"}`, device: match[3] ?? "" }];
  });
}

/** Linux tells what is available; elsewhere free memory is the nearest that Node knows. */
function availableMemory(): number {
  try {
    const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
    return kibibytes === undefined ? freemem() : Number(kibibytes) * 1024;
  } catch {
    return freemem();
  }
}
