import { existsSync, readFileSync, statfsSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { freemem, hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { ask, type Answer } from "../child";

/** All that an inspection asks of the machine that it looks at. Tests hand over a machine of their own. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
  readonly hostName: string;
  /** This process runs in a container. */
  readonly isContainer: boolean;
  readonly ask: (command: string, words: readonly string[]) => Promise<Answer>;
  /** Text of a file; undefined if it cannot be read. */
  readonly readText: (path: string) => string | undefined;
  /** @throws Error of Node if the file cannot be written */
  readonly writeText: (path: string, text: string) => void;
  /** Bytes of free memory, as Node knows them. */
  readonly freeMemory: () => number;
  /** Bytes free on the file system of a folder; undefined if there is no such folder. */
  readonly freeDisk: (folder: string) => number | undefined;
  /** Binds an address and a port (0: any) and lets it go; an error code such as EADDRINUSE, undefined if it worked. */
  readonly bindProblem: (address: string, port: number) => Promise<string | undefined>;
  /** Connects to a port of 127.0.0.1 and reads what the other side says first; empty if it says nothing. */
  readonly greeting: (port: number) => Promise<{ readonly text: string; readonly problem?: string }>;
  /** Milliseconds since some moment. */
  readonly now: () => number;
  readonly pause: (milliseconds: number) => Promise<unknown>;
}

/** The machine on which this process runs. */
export const HERE: Surroundings = {
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  hostName: hostname(),
  isContainer: existsSync("/.dockerenv") || existsSync("/run/.containerenv"),
  ask,
  readText: (path) => orUndefined(() => readFileSync(path, "utf8")),
  writeText: (path, text) => writeFileSync(path, text),
  freeMemory: freemem,
  freeDisk: (folder) =>
    orUndefined(() => {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    }),
  bindProblem,
  greeting,
  now: () => performance.now(),
  pause,
};

function bindProblem(address: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host: address, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** A second is long for a connection on one machine. */
const GREETING_MILLISECONDS = 1000;

function greeting(port: number): Promise<{ text: string; problem?: string }> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: "127.0.0.1", timeout: GREETING_MILLISECONDS });
    const end = (text: string, problem?: string) => {
      socket.destroy();
      resolve({ text, ...(problem === undefined ? {} : { problem }) });
    };
    socket.once("data", (data) => end(data.toString()));
    socket.once("end", () => end("", "the connection was closed"));
    socket.once("timeout", () => end("", "no answer"));
    socket.once("error", (error: NodeJS.ErrnoException) => end("", error.code ?? error.message));
  });
}

function orUndefined<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
