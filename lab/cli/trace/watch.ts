import type { ChildProcess } from "node:child_process";
import { startPiped, startProblem } from "../../../infra/core/child";
import { script } from "../../../infra/core/script";
import { shellQuote } from "../../../infra/core/shell";
import { UserError } from "../ui/user-error";
import type { TracePlan } from "./plan";
import type { Machine, Station } from "./station";

/** What was seen at a station: what each command said, by section. */
export type Sections = ReadonlyMap<string, string>;

/** How long a machine may take for a step, in milliseconds. */
const PATIENCE = 15_000;

interface Watcher {
  readonly machine: Machine;
  readonly child: ChildProcess;
  /** Resolves when the machine has said the word; rejects if it ends before. */
  readonly says: (word: string) => Promise<void>;
  /** Resolves to all that the machine has said when it has ended; rejects if it fails or takes too long. */
  readonly ended: () => Promise<string>;
}

/**
 * Sends the request while every station is watched.
 * @param mark the request's user agent
 * @param token what no command prints
 * @returns what was seen, by the station's id
 * @throws UserError if a machine cannot be watched
 */
export async function watchRequest(
  plan: TracePlan,
  mark: string,
  token: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ReadonlyMap<string, Sections>> {
  const machines = [...new Map(plan.stations.map(({ machine }) => [machine.name, machine])).values()];
  const watchers = machines.map((machine) => watchMachine(machine, scriptFor(machine, plan, mark, token), env));
  try {
    await Promise.all(watchers.map(({ says }) => says("ready")));
    const client = watchers.find(({ machine }) => machine.name === plan.source.machine.name);
    client?.child.stdin?.write("\n");
    await client?.says("sent");
    watchers.forEach(({ child }) => child.stdin?.end("\n"));
    const texts = await Promise.all(watchers.map(({ ended }) => ended()));
    return new Map(texts.flatMap((text) => [...sectionsOf(text, token)]));
  } finally {
    // Without its input a watcher stops and takes everything away that it has made.
    watchers.forEach(({ child }) => child.stdin?.destroy());
  }
}

function scriptFor(machine: Machine, plan: TracePlan, mark: string, token: string): string {
  const own = plan.stations.filter((station) => station.machine.name === machine.name);
  const isClient = plan.source.machine.name === machine.name;
  const idle = own
    .filter(({ kind }) => kind !== "node")
    .flatMap(({ id }) => plan.pooledPorts.map((port) => `${id} ${port}`));
  const values = {
    TOKEN: token,
    STATIONS: own
      .map((station) => `${station.id} ${station.key} ${captureOf(station, plan)} ${station.logs}`)
      .join("\n"),
    IDLE: idle.join("\n"),
    MARK: mark,
    CLIENT: isClient ? plan.source.id : "",
    URL: plan.url,
    HOST_NAME: plan.host,
    RESOLVE: plan.resolve ?? "",
  };
  const lines = Object.entries(values).map(([name, value]) => `export ${name}=${shellQuote(value)}`);
  return [...lines, script("trace-watch.sh", __dirname)].join("\n");
}

/** A node sees every packet of all its pods: only if it sends the request itself is that worth it. */
function captureOf({ id, kind }: Station, { source }: TracePlan): "yes" | "no" {
  return kind !== "node" || id === source.id ? "yes" : "no";
}

function watchMachine(machine: Machine, text: string, env: Readonly<Record<string, string | undefined>>): Watcher {
  const [command = "", ...words] = machine.shell;
  const child = startPiped(command, [...words, machine.quoted ? shellQuote(text) : text], { env });
  let stdout = "";
  let stderr = "";
  child.stdin.on("error", () => undefined);
  child.stderr.setEncoding("utf8").on("data", (part: string) => (stderr += part));
  child.stdout.setEncoding("utf8").on("data", (part: string) => (stdout += part));
  const failure = () => new UserError(`${machine.name} could not be watched: ${stderr.trim() || "it said nothing"}`);
  const ended = new Promise<string>((resolve, reject) => {
    child.on("error", (error) =>
      reject(new UserError(`${machine.name} could not be watched: ${startProblem(command, error)}`)),
    );
    child.on("close", (code) => (code === 0 ? resolve(stdout) : reject(failure())));
  });
  ended.catch(() => undefined);
  const says = (word: string) =>
    within(
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (new RegExp(`^${word}$`, "m").test(stdout)) {
            resolve();
          }
        };
        child.stdout.on("data", look);
        look();
        ended.then(() => reject(failure()), reject);
      }),
      () => new UserError(`${machine.name}: not "${word}" after ${PATIENCE / 1000} s; ${stderr.trim()}`),
    );
  // Nobody waits for the others once one has failed: a promise made here would end the program.
  return { machine, child, says, ended: () => within(ended, failure) };
}

async function within<T>(task: Promise<T>, failure: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(failure()), PATIENCE);
  });
  try {
    return await Promise.race([task, late]);
  } finally {
    clearTimeout(timer);
  }
}

function sectionsOf(text: string, token: string): ReadonlyMap<string, Sections> {
  const stations = new Map<string, Map<string, string>>();
  for (const part of text.split(`\n${token} `).slice(1)) {
    const end = part.indexOf("\n");
    const [id = "", name = ""] = part.slice(0, end).split(" ");
    const sections = stations.get(id) ?? new Map<string, string>();
    stations.set(id, sections.set(name, part.slice(end + 1)));
  }
  return stations;
}
