import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { daemonsHere, ensureEngine, inspectEngine } from "../../infra/toolchain/engine";
import { isRestrictedKernel } from "../../infra/core/workstation/restricted-kernel";
import { identityOf } from "../../infra/core/workstation/processes";
import { stopEngine } from "../support/stop-engine";
import { testFolder } from "../support/test-folder";

let home: string;
let bin: string;
const pidFile = () => join(home, "engine", "dockerd.pid");
const log = () => join(home, "engine", "dockerd.log");
const startScript = join(__dirname, "../../infra/toolchain/engine-start.sh");

beforeEach(() => {
  home = testFolder();
  bin = join(home, "bin");
  mkdirSync(bin);
  mkdirSync(join(home, "engine"));
  // An engine that answers while its daemon runs; the real one of this machine is never touched.
  program(
    "docker",
    `[ -s "${pidFile()}" ] && kill -0 "$(cat "${pidFile()}")" 2>/dev/null || { echo "Cannot connect" >&2; exit 1; }`,
  );
  program("dockerd", 'echo "started $*"; echo $$ >"$2"; while :; do sleep 0.1; done');
  program("systemctl", `echo "systemctl $*" >>"${home}/systemctl"; echo $PPID >"${pidFile()}"`);
  program("mountpoint", "exit 0");
});
afterEach(async () => {
  await stopEngine(home);
});

function program(name: string, text: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(bin, name), 0o755);
}

function start(more: Record<string, string> = {}) {
  const env = {
    PATH: `${bin}:/usr/bin:/bin`,
    LOG: log(),
    PID_FILE: pidFile(),
    DEADLINE: "60",
    SYSTEMD: join(home, "no-systemd"),
    ...more,
  };
  return spawnSync("bash", [startScript], { env, encoding: "utf8", timeout: 100_000 });
}

function daemon(): number {
  return Number(readFileSync(pidFile(), "utf8"));
}

// A process is called by its program's name only if there is /proc, and only there is an engine started by us.
describe.runIf(process.platform === "linux")("an engine that no init system starts", () => {
  it("is started with its log and process id in the cache, and outlives whoever started it", () => {
    expect(start()).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(identityOf(daemon())).toBeDefined();
    expect(readFileSync(log(), "utf8")).toBe(`started --pidfile ${pidFile()}\n`);
    const session = spawnSync("ps", ["-o", "sid=", "-p", String(daemon())], { encoding: "utf8" }).stdout.trim();
    expect(Number(session)).toBe(daemon());
  });

  it("is left alone if it runs already", () => {
    start();
    const first = daemon();
    expect(start().status).toBe(0);
    expect(daemon()).toBe(first);
    expect(readFileSync(log(), "utf8").match(/started/g)).toHaveLength(1);
  });

  it("is started again if only its process id is left", () => {
    writeFileSync(pidFile(), String(2 ** 22 + 1));
    expect(start().status).toBe(0);
    expect(identityOf(daemon())).toBeDefined();
  });

  it("has the control groups mounted if nobody did", () => {
    program("mountpoint", "exit 1");
    program("cgroupfs-mount", `echo mounted >"${home}/cgroups"`);
    start();
    expect(existsSync(join(home, "cgroups"))).toBe(true);
  });

  it("that does not answer is an error with what it said last and the end of its log", () => {
    program("dockerd", 'echo "no space left"; exit 1');
    // Once it has been started, it is asked only when it has said that: however busy this machine is, that is in its log by then.
    const started = join(home, "asked-before");
    program(
      "docker",
      `if [ -e "${started}" ]; then until [ -s "${log()}" ]; do sleep 0.05; done; fi
touch "${started}"; echo "Cannot connect" >&2; exit 1`,
    );
    const { status, stderr } = start({ DEADLINE: "1" });
    expect([status, stderr]).toEqual([1, "dockerd does not answer after 1 s: Cannot connect\nno space left\n"]);
  });

  it("is stopped by the one who started it, once", async () => {
    start();
    const pid = daemon();
    expect(await stopEngine(home)).toBe(true);
    expect(identityOf(pid)).toBeUndefined();
    expect(existsSync(pidFile())).toBe(false);
    expect(await stopEngine(home)).toBe(false);
  });

  it("is found without its process id, as by a user who has named another cache since", async () => {
    start();
    const pid = daemon();
    program("docker", `echo '{"ServerVersion":"28.0.0"}'`);
    vi.stubEnv("PATH", `${bin}:/usr/bin:/bin`);
    vi.stubEnv("HOME", home);
    vi.stubEnv("DOCKER_HOST", "");
    try {
      expect(daemonsHere()).toContain(pid);
      expect((await inspectEngine(join(home, "another"))).restrictedKernel).toBe(isRestrictedKernel(pid));
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("is not stopped if the process id belongs to another program by now", async () => {
    writeFileSync(pidFile(), String(process.pid));
    expect(await stopEngine(home)).toBe(false);
    rmSync(pidFile());
  });
});

describe.runIf(process.platform === "linux")("an engine of an init system", () => {
  it("is started by it", () => {
    expect(start({ SYSTEMD: home }).status).toBe(0);
    expect(readFileSync(join(home, "systemctl"), "utf8")).toBe("systemctl start docker\n");
    expect(existsSync(log())).toBe(false);
    rmSync(pidFile());
  });
});

describe("an engine that the user has named and that does not answer", () => {
  const context = (fix: string) => `the Docker context "nope" does not answer: Cannot connect; start it, or ${fix}`;
  it.each([
    ["by DOCKER_CONTEXT", { DOCKER_CONTEXT: "nope" }, "{}", context("unset DOCKER_CONTEXT")],
    ["in docker's settings", {}, '{"currentContext":"nope"}', context("run: docker context use default")],
    [
      "by DOCKER_HOST",
      { DOCKER_HOST: "tcp://127.0.0.1:1" },
      "{}",
      "the Docker engine at DOCKER_HOST=tcp://127.0.0.1:1 does not answer: Cannot connect; start it, or unset DOCKER_HOST",
    ],
    [
      "by TLS without an address",
      { DOCKER_TLS_VERIFY: "1" },
      "{}",
      "the Docker engine at tcp://localhost:2376, which DOCKER_TLS_VERIFY means without a DOCKER_HOST does not answer: Cannot connect; start it, or unset DOCKER_TLS_VERIFY",
    ],
  ])("%s is named in one line, and this machine's is left alone", async (_, variables, config, message) => {
    mkdirSync(join(home, ".docker"));
    writeFileSync(join(home, ".docker", "config.json"), config);
    const named = { PATH: `${bin}:/usr/bin:/bin`, HOME: home, ISTIO_LAB_CACHE: join(home, "cache"), ...variables };
    for (const [name, value] of Object.entries(named)) vi.stubEnv(name, value);
    const said: string[] = [];
    const shim = () => Promise.reject(new Error("a shim is made"));
    try {
      await expect(ensureEngine({ cache: home, say: (text) => said.push(text), shim })).rejects.toThrow(
        new Error(message),
      );
    } finally {
      vi.unstubAllEnvs();
    }
    expect([said, existsSync(log()), existsSync(pidFile())]).toEqual([[], false, false]);
  });
});

describe("an engine that runs and cannot be asked, since a variable keeps docker from it", () => {
  it("is not started, and the variable is named", async () => {
    program("docker", 'echo "client version 1.60 is too new. Maximum supported API version is 1.41" >&2; exit 1');
    const variables = {
      PATH: `${bin}:/usr/bin:/bin`,
      ISTIO_LAB_CACHE: join(home, "cache"),
      DOCKER_API_VERSION: "1.60",
    };
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    const shim = () => Promise.reject(new Error("a shim is made"));
    try {
      await expect(ensureEngine({ cache: home, say: () => undefined, shim })).rejects.toThrow(
        new Error(
          "the Docker engine cannot be asked: client version 1.60 is too new. Maximum supported API version is 1.41; unset DOCKER_API_VERSION",
        ),
      );
    } finally {
      vi.unstubAllEnvs();
    }
    expect([existsSync(log()), existsSync(pidFile())]).toEqual([false, false]);
  });
});

describe.runIf(process.platform === "linux" && process.getuid?.() === 0)(
  "an engine that runs and does not answer yet",
  () => {
    it("is waited for, and neither said not to run nor given a shim", async () => {
      expect(start().status).toBe(0);
      const asked = join(home, "asked");
      program(
        "docker",
        `if [ "$1" = info ] && [ ! -e "${asked}" ]; then touch "${asked}"; echo "Cannot connect" >&2; exit 1; fi
if [ "$1" = info ]; then echo '{"ServerVersion":"28.0.0","DefaultRuntime":"mine"}'; else echo 28.0.0; fi`,
      );
      const variables = {
        PATH: `${bin}:/usr/bin:/bin`,
        HOME: home,
        ISTIO_LAB_CACHE: join(home, "cache"),
        DOCKER_HOST: "",
      };
      for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
      const said: string[] = [];
      const shim = () => Promise.reject(new Error("a shim is made"));
      try {
        const report = await ensureEngine({ cache: home, say: (text) => said.push(text), shim });
        expect([report.version, said]).toEqual(["28.0.0", ["the Docker engine does not answer: waiting for it"]]);
      } finally {
        vi.unstubAllEnvs();
        await stopEngine(home);
      }
    });
  },
);
