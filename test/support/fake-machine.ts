import { FOLDER_LABEL, STACK_LABEL, STATE_LABEL } from "../../infra/core/ownership";
import type { Answer } from "../../infra/core/child";
import type { Surroundings } from "../../infra/core/workstation/surroundings";

/** A container of the fake engine. */
export interface FakeContainer {
  readonly name: string;
  /** As `docker ps` prints them. */
  readonly ports: string;
  /** Default `running`. */
  readonly state?: string;
  /** Labels of its owner. Default none. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Name of the kind cluster whose node it is. Default none. */
  readonly cluster?: string;
}

/** A network of the fake engine. */
export interface FakeNetwork {
  readonly id: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
}

type Greeting = string | { readonly text: string; readonly problem: string };

/** A machine with an engine on it, as an inspection sees it. What is not said is as on a healthy Linux machine whose engine is here. */
export class FakeMachine {
  public readonly platform: NodeJS.Platform = "linux";
  public readonly isRoot: boolean = false;
  public readonly isContainer: boolean = false;
  public readonly hostName: string = "engine-machine";
  /** Files that can be read, by path. */
  public readonly files: Readonly<Record<string, string>> = {};
  /** What happens to whoever writes a file; undefined if it works. */
  public readonly writeProblem: string | undefined = undefined;
  /** Addresses of the machine beside 127.0.0.1. */
  public readonly ownAddresses: readonly string[] = ["172.17.0.1"];
  /** Ports of 127.0.0.1 that somebody listens on. */
  public readonly inUse: readonly number[] = [];
  /** What `ss` or `lsof` print. */
  public readonly listeners: string = "";
  public readonly routes: string = "";
  public readonly containers: readonly FakeContainer[] = [];
  public readonly networks: readonly FakeNetwork[] = [];
  public readonly endpoint: string = "unix:///var/run/docker.sock";
  /** Gateway and subnet of Docker's own bridge. */
  public readonly bridge: string = "172.17.0.1 172.17.0.0/16\n";
  /** Bytes of the engine's machine. */
  public readonly memory: number = 16 * 2 ** 30;
  /** Bytes free in the engine's folder. */
  public readonly freeDisk: number | undefined = 100 * 2 ** 30;
  public readonly engineProblem: string | undefined = undefined;
  /** What `docker run` says if it fails. */
  public readonly runProblem: string | undefined = undefined;
  /** What the published port of a container says, one connection after another; the last answer stays. */
  public readonly greetings: readonly Greeting[] = [];

  /** Every program that was asked, with its words. */
  public readonly calls: string[] = [];
  /** Every file that was written. */
  public readonly written: (readonly [string, string])[] = [];
  /** Milliseconds that have passed. */
  public now = 0;
  private connections = 0;

  public constructor(differences: Partial<FakeMachine> = {}) {
    Object.assign(this, differences);
  }

  /** What an inspection is handed. */
  public get surroundings(): Surroundings {
    const { platform, isRoot, isContainer, hostName } = this;
    return {
      platform,
      isRoot,
      isContainer,
      hostName,
      ask: (command, words) => Promise.resolve(this.answer(command, words)),
      readText: (path) => this.files[path],
      writeText: (path, text) => this.write(path, text),
      freeMemory: () => 6 * 2 ** 30,
      freeDisk: () => this.freeDisk,
      bindProblem: (address, port) => Promise.resolve(this.bindProblem(address, port)),
      greeting: () => Promise.resolve(this.greeting()),
      now: () => this.now,
      pause: (milliseconds) => Promise.resolve((this.now += milliseconds)),
    };
  }

  private answer(command: string, words: readonly string[]): Answer {
    const call = [command, ...words].join(" ");
    this.calls.push(call);
    if (command !== "docker") {
      return { ok: true, stdout: command === "ip" ? this.routes : this.listeners, stderr: "", isMissing: false };
    }
    const problem = this.engineProblem ?? (words[0] === "run" ? this.runProblem : undefined);
    return problem === undefined
      ? { ok: true, stdout: this.engineAnswer(call), stderr: "", isMissing: false }
      : { ok: false, stdout: "", stderr: `${problem}\n`, isMissing: false };
  }

  private engineAnswer(call: string): string {
    const answers: readonly (readonly [string, () => string])[] = [
      ["docker ps", () => this.containers.map(containerLine).join("")],
      [
        "docker network ls",
        () => this.networks.map(({ id, name, labels }) => `${id}\t${name}\t${ownerFields(labels)}\t\t\n`).join(""),
      ],
      ["docker network inspect", () => this.bridge],
      ["docker context inspect", () => `${this.endpoint}\n`],
      [
        "docker info",
        () => JSON.stringify({ Name: "engine-machine", MemTotal: this.memory, DockerRootDir: "/var/lib/docker" }),
      ],
      ["docker run", () => "4711\n"],
      ["docker port", () => "127.0.0.1:40000\n"],
      ["docker rm", () => "4711\n"],
    ];
    const answer = answers.find(([start]) => call.startsWith(start));
    if (answer === undefined) {
      throw new Error(`the fake engine does not know: ${call}`);
    }
    return answer[1]();
  }

  private write(path: string, text: string): void {
    if (this.writeProblem !== undefined) {
      throw new Error(this.writeProblem);
    }
    this.written.push([path, text]);
  }

  private bindProblem(address: string, port: number): string | undefined {
    if (address !== "127.0.0.1" && !this.ownAddresses.includes(address)) {
      return "EADDRNOTAVAIL";
    }
    return this.inUse.includes(port) ? "EADDRINUSE" : undefined;
  }

  private greeting(): { text: string; problem?: string } {
    const given = this.greetings[Math.min(this.connections++, this.greetings.length - 1)] ?? "SSH-2.0";
    return typeof given === "string" ? { text: given } : given;
  }
}

function containerLine({ name, ports, state = "running", labels, cluster = "" }: FakeContainer): string {
  return `${name}\t${state}\t${ports}\t${ownerFields(labels)}\t${name}\t${cluster}\n`;
}

function ownerFields(labels: Readonly<Record<string, string>> = {}): string {
  return [STACK_LABEL, STATE_LABEL, FOLDER_LABEL].map((label) => labels[label] ?? "").join("\t");
}
