import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { run } from "./programs";

/** A real registry of images on 127.0.0.1, Debian's `docker-registry`, with a folder of its own and a log of who asked for what. */
export class ImageRegistry {
  private readonly seen: string[] = [];
  private process: ChildProcess | undefined;
  private port = 0;

  private constructor(private readonly folder: string) {}

  /**
   * Starts an empty one.
   * @param folder an empty folder for the program and the images
   */
  public static async start(folder: string): Promise<ImageRegistry> {
    const registry = new ImageRegistry(folder);
    await registry.start();
    return registry;
  }

  /** Where it listens, e.g. `127.0.0.1:41234`; another port after each start. */
  public get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Starts it again with the images that it has. */
  public async start(): Promise<void> {
    const program = join(this.folder, "docker-registry");
    if (!existsSync(program)) {
      mkdirSync(this.folder, { recursive: true });
      await run("bash", [join(__dirname, "registry-program.sh")], { env: { LAB_OUT: this.folder } });
    }
    const settings = join(this.folder, "settings.json");
    writeFileSync(settings, JSON.stringify(settingsFor(join(this.folder, "images"))));
    this.process = spawn(program, ["serve", settings], { stdio: ["ignore", "pipe", "pipe"] });
    createInterface(this.process.stdout!).on("line", (line) => this.seen.push(requestIn(line)));
    this.port = await portOf(this.process);
  }

  /** Every request so far, e.g. `GET /v2/docker.io/istio/pilot/manifests/1.31.0-a 200`. */
  public async requests(): Promise<readonly string[]> {
    // The log is written after the answer: one more request, and what came before it is there, too.
    const mark = `/v2/?mark=${randomUUID()}`;
    await fetch(`http://${this.address}${mark}`);
    while (!this.seen.some((request) => request.includes(mark))) await pause(20);
    return this.seen.filter((request) => !request.includes("?mark="));
  }

  /** Ends it; the images stay in its folder. */
  public async stop(): Promise<void> {
    const { process } = this;
    this.process = undefined;
    if (process === undefined) return;
    const ended = new Promise((resolve) => process.once("close", resolve));
    process.kill("SIGKILL");
    await ended;
  }
}

/** A configuration of docker-registry: JSON is YAML, too. */
function settingsFor(images: string): object {
  return {
    version: "0.1",
    log: { level: "info", formatter: "text", accesslog: { disabled: false } },
    storage: { filesystem: { rootdirectory: images } },
    http: { addr: "127.0.0.1:0" },
  };
}

/** @param line of the log, e.g. `127.0.0.1 - - [27/Nov/2026:05:52:02 +0000] "GET /v2/ HTTP/1.1" 200 2 "" "curl/7.88.1"` */
function requestIn(line: string): string {
  const [, request = line, status = ""] = /"(\S+ \S+) HTTP\/[\d.]+" (\d+)/.exec(line) ?? [];
  return `${request} ${status}`.trim();
}

/** The port that it says to listen on, once it does. */
function portOf(process: ChildProcess): Promise<number> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    createInterface(process.stderr!).on("line", (line) => {
      said.push(line);
      const port = /listening on [\d.]+:(\d+)/.exec(line)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    process.once("error", reject);
    process.once("close", (code) => reject(new Error(`docker-registry: exit code ${code}\n${said.join("\n")}`)));
  });
}
