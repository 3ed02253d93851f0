import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostState, TestLab, type HostState } from "../support/lab";

const NAMESPACE = "istio-lab-e2e";
const lab = new TestLab("e2e-elsewhere");
let before: HostState;

const ip = (...words: string[]) => execFileSync("ip", words, { stdio: "ignore" });

/** The engine's socket can be reached in there, as in a development container that has it mounted; 127.0.0.1 is another one. */
beforeAll(() => {
  before = hostState();
  ip("netns", "add", NAMESPACE);
  ip("netns", "exec", NAMESPACE, "ip", "link", "set", "lo", "up");
  lab.startedBy = ["ip", "netns", "exec", NAMESPACE];
});

afterAll(() => {
  lab.removeFolder();
  ip("netns", "delete", NAMESPACE);
});

// Only root makes network namespaces that leave the engine's socket readable.
describe.runIf(process.platform === "linux" && process.getuid?.() === 0)(
  "an engine whose published ports are not reached",
  () => {
    it("is found out by up before anything is made", async () => {
      const run = await lab.run("up", ["-c", "portBase=32300"]);
      expect([run.exitCode, run.stdout]).toEqual([1, ""]);
      expect(run.stderr).toMatch(
        /istio-lab:platform: local needs the ports that Docker publishes on 127\.0\.0\.1, and those of the engine ".+" \(unix:\/\/.+\) cannot be reached from here \(ECONNREFUSED for 3 s\); (this is a container|run istio-lab on the engine's machine)/,
      );
      expect(run.seconds).toBeLessThan(20);
      expect(hostState()).toEqual(before);
    });

    it("is a row of the doctor's", async () => {
      const run = await lab.run("doctor");
      expect(run.exitCode).toBe(1);
      expect(run.stdout).toMatch(/^ +fail +published ports .* ECONNREFUSED for 3 s/m);
      expect(hostState()).toEqual(before);
    });
  },
);
