import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Check, CheckSuite, Scenario } from "../../infra/core/check";
import { isAlive } from "../../lab/cli/pulumi/stray-processes";
import { UserError } from "../../lab/cli/ui/user-error";
import { pasteable, runCommand, workstationOf, type Workstation } from "../../lab/cli/verify/command-runner";
import type { CheckResult } from "../../lab/cli/verify/expectation";
import { runSuite, selectChecks } from "../../lab/cli/verify/suite-runner";
import { TestClock } from "../support/test-clock";
import { testFolder } from "../support/test-folder";
import { loginOf, OPTIONS } from "../support/login";

let folder: string;
let workstation: Workstation;

beforeEach(() => {
  folder = testFolder();
  // `env -i bash -c` stands for ssh: it too hands a line to a shell elsewhere, without our environment.
  const ssh = new Map([["forum-vm", `env -i SHLVL=1 HOST=forum-vm PATH="$PATH" bash -c`]]);
  workstation = {
    kubeconfig: `${folder}/kube`,
    kubeconfigFiles: new Map(["west", "east"].map((name) => [name, `${folder}/kube-${name}`])),
    env: { ...process.env, KUBECONFIG: `${folder}/kube`, DIR: folder },
    ssh,
  };
});

afterEach(() => {
  vi.useRealTimers();
});

const local = (run: string) => ({ on: "workstation", run }) as const;
const inWest = (run: string) => ({ on: "cluster", cluster: "west", run }) as const;
const remote = (run: string) => ({ on: "host", host: "forum-vm", run }) as const;
const check = (name: string, run: string, more: Partial<Check> = {}): Check => ({
  name,
  shows: "something",
  source: "13.3.3",
  command: local(run),
  expect: {},
  deadlineSeconds: 60,
  ...more,
});
const log = () => readFileSync(join(folder, "log"), "utf8");

const never = new AbortController().signal;

/** Between two tries of a check 15 s pass by the clock, and none in truth. */
async function run(suite: Partial<CheckSuite>, signal = never): Promise<readonly CheckResult[]> {
  const whole = { observations: [], scenarios: [], ...suite };
  const heal = "npm run lab -- heal";
  return runSuite(whole, workstation, { signal, onResult: () => undefined, heal, clock: new TestClock(50) });
}
const outcomes = (results: readonly CheckResult[]) => results.map(({ name, outcome }) => `${name} ${outcome}`);

describe("a command of a check", () => {
  it("runs strictly: a failure in the middle of a pipe is its exit code", async () => {
    const answer = await runCommand(local("false | true\necho unreached"), workstation, 5);
    expect(answer).toEqual({ exitCode: 1, stdout: "", stderr: "", timedOut: false });
  });

  it.each([
    ["of all clusters on the workstation", local, "kube"],
    ["of that cluster alone in a cluster", inWest, "kube-west"],
  ])("finds the kubeconfig %s in KUBECONFIG, and has no input to wait for", async (_title, on, file) => {
    const answer = await runCommand(on('cat; echo "$KUBECONFIG"'), workstation, 5);
    expect(answer.stdout).toBe(`${folder}/${file}\n`);
  });

  it("runs on a host through its ssh line, whatever its text is, and cannot eat its own text", async () => {
    const answer = await runCommand(
      remote(`cat\necho "it's $HOST" '$x'; false | true; echo unreached`),
      workstation,
      5,
    );
    expect(answer).toEqual({ exitCode: 1, stdout: "it's forum-vm $x\n", stderr: "", timedOut: false });
  });

  it("is killed with everything it has started when its time is over", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const running = runCommand(local('sleep 300 & echo $! >"$DIR/pid"; wait'), workstation, 3600);
    const pid = () => Number(readFileSync(join(folder, "pid"), "utf8"));
    await expect.poll(() => existsSync(join(folder, "pid")) && pid() > 0).toBe(true);
    // The poll above has let some time pass, too, but never more than a minute.
    vi.advanceTimersByTime(3_500_000);
    expect(vi.getTimerCount()).toBe(1);
    expect(isAlive(pid())).toBe(true);
    vi.advanceTimersByTime(100_000);
    expect(await running).toMatchObject({ exitCode: null, timedOut: true });
    // It is gone once init has taken note of its end.
    await expect.poll(() => isAlive(pid())).toBe(false);
  });

  it("does not wait for what it leaves in the background", async () => {
    const answer = await runCommand(local("sleep 300 & echo done"), workstation, 300);
    expect(answer).toMatchObject({ exitCode: 0, stdout: "done\n" });
  });

  it.each([
    ["a host", { on: "host", host: "web-vm", run: "true" }, 'host "web-vm" given; this lab has forum-vm'],
    ["a cluster", { on: "cluster", cluster: "north", run: "true" }, 'cluster "north" given; this lab has west, east'],
  ] as const)("on %s that the lab does not have fails, and names those it has", async (_what, command, message) => {
    await expect(runCommand(command, workstation, 1)).rejects.toThrow(new UserError(message));
  });

  it.each([
    ["host", { on: "host", host: "web-vm", run: "true" }],
    ["cluster", { on: "cluster", cluster: "north", run: "true" }],
  ] as const)("on a %s of a lab without any says so", async (kind, command) => {
    const none = workstationOf({ clusters: [], hosts: [] }, {});
    await expect(runCommand(command, none, 1)).rejects.toThrow(`this lab has no ${kind}s`);
  });

  it.each([
    ["here", local(`echo "it's $KUBECONFIG"`)],
    ["in a cluster", inWest(`echo "it's $KUBECONFIG"`)],
    ["on a host", remote(`echo "it's $HOST"`)],
  ])("as a line to paste does %s the same", async (_where, command) => {
    const line = pasteable(command, workstation);
    const pasted = execFileSync("bash", ["-c", line], { encoding: "utf8" });
    expect(pasted).toBe((await runCommand(command, workstation, 5)).stdout);
  });
});

describe("the workstation", () => {
  it("has all clusters in KUBECONFIG, each one's own file, and every host's ssh line", () => {
    const clusters = ["west", "east"].map((name) => ({
      name,
      kubeconfigFile: `/state/${name}`,
      context: name,
      gateways: [],
    }));
    const hosts = [{ name: "forum-vm", address: "192.168.10.200", login: loginOf("forum-vm"), workloadEntry: "a/b" }];
    const made = workstationOf({ clusters, hosts }, { A: "b" });
    expect(made.env).toEqual({ A: "b", KUBECONFIG: "/state/west:/state/east" });
    expect([...made.kubeconfigFiles]).toEqual([
      ["west", "/state/west"],
      ["east", "/state/east"],
    ]);
    expect([...made.ssh]).toEqual([["forum-vm", `ssh ${OPTIONS} -p 22 ubuntu@forum-vm`]]);
  });
});

describe("an observation", () => {
  it("passes at once if it holds", async () => {
    expect(outcomes(await run({ observations: [check("a", "true")] }))).toEqual(["a pass"]);
  });

  it("that passes tells its command, too", async () => {
    const [passed] = await run({ observations: [check("a", "echo 200")] });
    expect(passed).toMatchObject({ outcome: "pass", command: pasteable(local("echo 200"), workstation) });
  });

  it("is repeated until it holds", async () => {
    const third = check("third", 'echo x >>"$DIR/log"; [ "$(wc -l <"$DIR/log")" -ge 3 ]');
    expect(outcomes(await run({ observations: [third] }))).toEqual(["third pass"]);
    expect(log()).toBe("x\nx\nx\n");
  });

  it("fails at its deadline and says what was expected, what came, and how to see it", async () => {
    const tries = 'echo x >>"$DIR/log"; echo 503; exit 22';
    const [failed] = await run({ observations: [check("a", tries, { expect: { stdout: /200/ } })] });
    expect(failed).toMatchObject({
      outcome: "fail",
      expected: 'exit code 0 and output with "200"',
      actual: "exit code 22\n503",
    });
    expect(failed!.command).toContain("echo 503; exit 22");
    expect(failed!.seconds).toBe(60);
    expect(log()).toBe("x\n".repeat(5)); // at 0, 15, 30, 45 and 60 s
  });

  it("fails at once if its answer says that it does not come by itself", async () => {
    const more = { expect: { stdout: /valid/ }, givesUpAt: /^expired/ };
    const [failed] = await run({ observations: [check("a", 'echo x >>"$DIR/log"; echo expired', more)] });
    expect(failed).toMatchObject({ outcome: "fail", actual: "exit code 0\nexpired" });
    expect(log()).toBe("x\n");
  });

  it.each([
    ["what heal repairs", undefined, (): string => "npm run lab -- heal"],
    ["what a command removes", "unset it", (): string => pasteable(local("unset it"), workstation)],
  ])("fails at once if an obstacle is found, and names it and how it goes: %s", async (_what, remedy, line) => {
    const obstacle = { find: local('echo "ERROR_RATE=1"'), ...(remedy === undefined ? {} : { remedy: local(remedy) }) };
    const [failed] = await run({ observations: [check("a", 'echo x >>"$DIR/log"; echo 500; exit 22', { obstacle })] });
    expect(failed).toMatchObject({ outcome: "fail", actual: "ERROR_RATE=1\nexit code 22\n500", repair: line() });
    expect(log()).toBe("x\n");
  });

  it.each([
    ["is not there", 'echo y >>"$DIR/asked"'],
    ["cannot be looked for", 'echo y >>"$DIR/asked"; echo half of it; exit 1'],
  ])("is repeated as ever if an obstacle %s, which is looked for once", async (_title, find) => {
    const third = 'echo x >>"$DIR/log"; [ "$(wc -l <"$DIR/log")" -ge 3 ]';
    const results = await run({ observations: [check("third", third, { obstacle: { find: local(find) } })] });
    expect(outcomes(results)).toEqual(["third pass"]);
    expect(readFileSync(join(folder, "asked"), "utf8")).toBe("y\n");
  });

  it("looks for no obstacle if it passes at once", async () => {
    await run({ observations: [check("a", "true", { obstacle: { find: local('touch "$DIR/asked"') } })] });
    expect(existsSync(join(folder, "asked"))).toBe(false);
  });

  it("that hangs is cut off at its deadline", async () => {
    const [failed] = await run({ observations: [check("a", "sleep 300", { deadlineSeconds: 0.1 })] });
    expect(failed).toMatchObject({ outcome: "fail", actual: "no answer before the deadline" });
  });

  it("tells the last whole answer, not the try that the deadline cut off", async () => {
    const once = 'if [ -e "$DIR/log" ]; then sleep 300; fi; touch "$DIR/log"; echo 503';
    // After the first try and its pause the clock shows 15 s: what is left is too short for any second try.
    const more = { expect: { stdout: /200/ }, deadlineSeconds: 15.4 };
    const [failed] = await run({ observations: [check("a", once, more)] });
    expect(failed).toMatchObject({ outcome: "fail", actual: "exit code 0\n503" });
  });

  it.each([
    [
      "tells",
      "what may be the reason",
      "echo 'PeerAuthentication istio-system/default'",
      "\nPeerAuthentication istio-system/default",
    ],
    ["does without", "a reason that nobody knows", "true", ""],
    ["does without", "a reason that cannot be asked for", "echo half of it; exit 1", ""],
  ])("that fails %s %s", async (_does, _what, clue, said) => {
    const [failed] = await run({ observations: [check("a", "echo 000; exit 56", { clue: local(clue) })] });
    expect(failed).toMatchObject({ outcome: "fail", actual: `exit code 56\n000${said}` });
  });

  it("of level `warning` warns if it does not hold", async () => {
    expect(outcomes(await run({ observations: [check("a", "false", { level: "warning" })] }))).toEqual(["a warning"]);
  });

  it("runs beside at most three others, and results keep the suite's order", async () => {
    // Counted under a lock: a listing of files that come and go meanwhile may tell too many, or fail.
    const count = (step: string) =>
      `(flock 9; n=$(($(cat "$DIR/n" 2>/dev/null || echo 0) ${step})); echo $n >"$DIR/n"; echo $n >>"$DIR/log") 9>"$DIR/lock"`;
    // Each waits until four have come, so that all that may run side by side do.
    const one = `${count("+ 1")}; until [ "$(wc -l <"$DIR/log")" -ge 4 ]; do sleep 0.05; done; ${count("- 1")}`;
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const results = await run({ observations: names.map((name) => check(name, one)) });
    expect(outcomes(results)).toEqual(names.map((name) => `${name} pass`));
    expect(Math.max(...log().trim().split("\n").map(Number))).toBe(4);
  });
});

describe("a scenario", () => {
  const scenario = (more: Partial<Scenario> = {}): Scenario => ({
    name: "stopped",
    shows: "something",
    precondition: { wanted: "nothing of the user's", inTheWay: local("true") },
    change: local('echo change >>"$DIR/log"'),
    checks: [check("seen", 'echo seen >>"$DIR/log"')],
    restore: local('echo restore >>"$DIR/log"'),
    afterwards: [check("back", 'echo back >>"$DIR/log"')],
    ...more,
  });

  it("changes, checks, puts back and checks again, in this order", async () => {
    const results = await run({ scenarios: [scenario()] });
    expect(outcomes(results)).toEqual(["stopped/seen pass", "stopped/back pass"]);
    expect(log()).toBe("change\nseen\nrestore\nback\n");
  });

  it("puts back after a check that fails", async () => {
    const results = await run({ scenarios: [scenario({ checks: [check("seen", "false")] })] });
    expect(outcomes(results)).toEqual(["stopped/seen fail", "stopped/back pass"]);
    expect(log()).toBe("change\nrestore\nback\n");
  });

  it("that cannot change anything checks nothing, puts back all the same, and fails", async () => {
    const results = await run({ scenarios: [scenario({ change: local("echo no >&2; exit 3") })] });
    expect(outcomes(results)).toEqual(["stopped/change fail", "stopped/back pass"]);
    expect(results[0]).toMatchObject({ actual: "exit code 3\nno" });
    expect(log()).toBe("restore\nback\n");
  });

  it.each([
    [
      "is in its way, with a warning that names that",
      "echo PeerAuthentication istio-system/default",
      { outcome: "warning", expected: "nothing of the user's", actual: "PeerAuthentication istio-system/default" },
    ],
    [
      "may be in its way, since that cannot be told, and fails",
      "echo gone >&2; exit 3",
      { outcome: "fail", expected: "exit code 0", actual: "exit code 3\ngone" },
    ],
  ])("changes nothing, and puts nothing back, if something %s", async (_title, inTheWay, wanted) => {
    const precondition = { wanted: "nothing of the user's", inTheWay: local(inTheWay) };
    const [result, ...more] = await run({ scenarios: [scenario({ precondition })] });
    expect([more, existsSync(join(folder, "log"))]).toEqual([[], false]);
    expect(result).toMatchObject({ name: "stopped/precondition", ...wanted });
    expect(result?.command).toContain(inTheWay);
  });

  it("that cannot be put back fails", async () => {
    const results = await run({ scenarios: [scenario({ restore: local("exit 4") })] });
    expect(outcomes(results)).toEqual(["stopped/seen pass", "stopped/restore fail", "stopped/back pass"]);
  });

  it("puts back after Ctrl-C, and what was not checked is not passed", async () => {
    const abort = new AbortController();
    const hanging = check("seen", 'echo seen >>"$DIR/log"; sleep 300');
    const running = run({ scenarios: [scenario({ checks: [hanging] }), scenario({ name: "next" })] }, abort.signal);
    await expect.poll(() => existsSync(join(folder, "log")) && log()).toContain("seen");
    abort.abort();
    expect(outcomes(await running)).toEqual(["stopped/seen skipped", "stopped/back skipped"]);
    expect(log()).toBe("change\nseen\nrestore\n");
  });

  it("never runs beside another one", async () => {
    writeFileSync(join(folder, "log"), "");
    await run({ scenarios: [scenario(), scenario({ name: "next" })] });
    expect(log()).toBe("change\nseen\nrestore\nback\n".repeat(2));
  });
});

describe("--only", () => {
  const suite: CheckSuite = {
    observations: [check("a", "true"), check("b", "true")],
    scenarios: [
      {
        name: "s",
        shows: "",
        precondition: { wanted: "", inTheWay: local("true") },
        change: local("true"),
        checks: [check("x", "true")],
        restore: local("true"),
        afterwards: [],
      },
    ],
  };
  it.each([
    [undefined, 2, 1],
    ["b", 1, 0],
    ["s", 0, 1],
    ["s/x", 0, 1],
    ["x", 0, 0],
  ])("%s leaves %i observations and %i scenarios", (name, observations, scenarios) => {
    const selected = selectChecks(suite, name);
    expect([selected.observations.length, selected.scenarios.length]).toEqual([observations, scenarios]);
  });
});
