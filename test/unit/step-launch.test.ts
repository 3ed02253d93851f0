import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { script } from "../../infra/core/script";
import { localInterpreter, localVariables, remoteCommand, remoteInput } from "../../infra/exec/launch";
import * as shapes from "../../infra/exec/step-output";
import { FakeBin } from "../support/fake-bin";

const NAME = "a-step.sh";
const VARIABLE = "ISTIO_LAB_SCRIPT_a_step_sh";

/** What a step has beside its script. */
interface Launch {
  readonly output?: shapes.StepOutput;
  /** The script whose output it is. Default: the one that runs. */
  readonly outputOf?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

const outputVariables = ({ pattern, is }: shapes.StepOutput, of: string) => ({
  ISTIO_LAB_OUTPUT: pattern,
  ISTIO_LAB_OUTPUT_OF: of,
  ISTIO_LAB_OUTPUT_IS: is,
});

/** Runs a text as the command provider runs the create of a local step. */
function launch(text: string, how: Launch = {}) {
  const { output, outputOf = NAME, environment = {}, stdin = "" } = how;
  const [program, ...words] = [...localInterpreter(), NAME] as const;
  const { status, stdout, stderr } = spawnSync(program, words, {
    env: {
      PATH: process.env["PATH"],
      ...environment,
      [VARIABLE]: text,
      ...(output === undefined ? {} : outputVariables(output, outputOf)),
    },
    input: stdin,
    encoding: "utf8",
  });
  return { exitCode: status, stdout, stderr };
}

describe("a step on this machine", () => {
  it("runs its script with its values and its standard input", () => {
    const run = launch('printf "%s|%s" "$VALUE" "$(cat)"', { environment: { VALUE: `it's "$HOME"` }, stdin: "secret" });
    expect(run).toEqual({ exitCode: 0, stdout: `it's "$HOME"|secret`, stderr: "" });
  });

  it("prints what it likes if it is the delete beside a create that has an output", () => {
    const run = launch("echo removed", { output: shapes.KUBECONFIG, outputOf: "kind-create.sh" });
    expect(run).toEqual({ exitCode: 0, stdout: "removed\n", stderr: "" });
  });

  it("names the script, and not its text, in what bash itself says", () => {
    const run = launch("true\nno-such-program");
    expect(run).toEqual({
      exitCode: 127,
      stdout: "",
      stderr: "a-step.sh: line 2: no-such-program: command not found\n",
    });
  });

  it.each([
    ["BASH_ENV", { BASH_ENV: "NOISE" }],
    ["ENV and POSIXLY_CORRECT", { ENV: "NOISE", POSIXLY_CORRECT: "y" }],
    ["SHELLOPTS", { SHELLOPTS: "xtrace:noexec" }],
    ["BASHOPTS", { BASHOPTS: "failglob" }],
    ["a function in place of a program", { "BASH_FUNC_cat%%": "() { echo noise; }" }],
    ["CDPATH", { CDPATH: "/usr" }],
    // Bash takes a socket as its input, which Node gives it, for a login by rsh, and reads this file outside any other shell.
    ["~/.bashrc", { HOME: "FOLDER" }],
  ])("is not reached by the caller's %s, nor is what it starts", (_, hostile) => {
    const bin = new FakeBin({});
    const noise = join(bin.folder, ".bashrc");
    writeFileSync(noise, "echo noise\n");
    const place: Readonly<Record<string, string>> = { NOISE: noise, FOLDER: bin.folder };
    const environment = Object.fromEntries(Object.entries(hostile).map(([key, value]) => [key, place[value] ?? value]));
    const look = "cd bin; pwd; shopt -o noexec; shopt failglob; printf x | cat; env | grep -c ISTIO_LAB_";
    const text = `cd /; (${look}); bash -c '${look}'; bash --posix -c true`;
    expect(launch(text, { environment })).toEqual(launch(text));
    expect(launch(text).stdout).not.toContain("noise");
  });

  it("keeps what has the right shape", () => {
    expect(launch("echo 1700000000", { output: shapes.EPOCH })).toEqual({
      exitCode: 0,
      stdout: "1700000000\n",
      stderr: "",
    });
  });

  it("fails and keeps nothing if the script prints something else", () => {
    expect(launch("echo hello; echo 1700000000", { output: shapes.EPOCH })).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: "a-step.sh: it printed something else than a time, which is not kept\n",
    });
  });

  it("tells nothing of an output that a failed script had begun, which may be half a secret", () => {
    const run = launch("echo half-a-key; echo the reason >&2; exit 3", { output: shapes.PRIVATE_KEY });
    expect(run).toEqual({ exitCode: 3, stdout: "", stderr: "the reason\n" });
  });

  it("refuses a script that no shell could take", () => {
    expect(() => localVariables(["kind-create.sh"], undefined)).not.toThrow();
    expect(() => remoteInput("vm-join.sh", { LONG: "x".repeat(2 ** 17) }, "")).toThrow(
      /^vm-join\.sh: \d{6} bytes given; at most 131072 can be handed to a shell$/,
    );
  });

  it("has its scripts in variables of their own, so that a changed one shows by name", () => {
    expect(localVariables(["kind-create.sh", "kind-delete.sh"], shapes.KUBECONFIG)).toEqual({
      ISTIO_LAB_SCRIPT_kind_create_sh: script("kind-create.sh"),
      ISTIO_LAB_SCRIPT_kind_delete_sh: script("kind-delete.sh"),
      ...outputVariables(shapes.KUBECONFIG, "kind-create.sh"),
    });
  });
});

describe("a step on a host", () => {
  const sudo = 'shift; exec "$@"';

  it("gets its script, its values and its payload by standard input, whatever is in them", () => {
    const bin = new FakeBin({ sudo });
    const input = remoteInput("vm-setup.sh", { A: `it's "$HOME"\n`, B: "" }, "payload\nof two lines");
    const [text = "", ...payload] = input.split("\n");
    expect(Buffer.from(text, "base64").toString()).toBe(
      `export A='it'\\''s "$HOME"\n'\nexport B=''\n${script("vm-setup.sh")}`,
    );
    expect(payload.join("\n")).toBe("payload\nof two lines");
    const script64 = Buffer.from('printf "%s|%s|%s" "$0" "$A" "$(cat)"').toString("base64");
    const run = bin.run(`A=1; export A; ${remoteCommand("vm-setup.sh")}`, {}, `${script64}\nthe payload`);
    expect([run.exitCode, run.stdout, run.stderr]).toEqual([0, "vm-setup.sh|1|the payload", ""]);
  });

  it.each([
    ["a failure in its middle", "set -e\nfalse\necho no", 1],
    ["its own exit code", "exit 7", 7],
  ])("ends with %s", (_, text, exitCode) => {
    const bin = new FakeBin({ sudo });
    const run = bin.run(remoteCommand("x.sh"), {}, `${Buffer.from(text).toString("base64")}\n`);
    expect([run.exitCode, run.stdout]).toEqual([exitCode, ""]);
  });

  it.each([
    ["nothing", ""],
    ["no script", "***\n"],
  ])("fails if %s arrives", (_, stdin) => {
    expect(new FakeBin({ sudo }).run(remoteCommand("x.sh"), {}, stdin).exitCode).not.toBe(0);
  });

  it("has a command that fits a line", () => {
    expect(remoteCommand("vm-sidecar-install.sh").length).toBeLessThan(120);
  });
});

const pem = (what: string) => `-----BEGIN ${what}-----\nAb+/\nc==\n-----END ${what}-----`;

describe("the shape of an output", () => {
  const kubeconfig = "apiVersion: v1\nclusters:\n- cluster: {}\nusers:\n- name: a";
  it.each([
    ["KUBECONFIG", kubeconfig, true],
    ["KUBECONFIG", `hello\n${kubeconfig}`, false],
    ["KUBECONFIG", "", false],
    ["PRIVATE_KEY", pem("OPENSSH PRIVATE KEY"), true],
    ["PRIVATE_KEY", `hello\n${pem("OPENSSH PRIVATE KEY")}`, false],
    ["PRIVATE_KEY", pem("OPENSSH PRIVATE KEY").slice(0, -3), false],
    ["PUBLIC_KEY", "ssh-ed25519 AAAA", true],
    ["PUBLIC_KEY", "ssh-ed25519 AAAA istio-lab", true],
    ["PUBLIC_KEY", "hello\nssh-ed25519 AAAA", false],
    ["PUBLIC_KEY", "ssh-ed25519 AAAA\nhello", false],
    ["CERTIFICATE_AND_KEY", `${pem("CERTIFICATE")}\n${pem("PRIVATE KEY")}`, true],
    ["CERTIFICATE_AND_KEY", `${pem("CERTIFICATE")}\n${pem("RSA PRIVATE KEY")}`, true],
    ["CERTIFICATE_AND_KEY", `hello\n${pem("CERTIFICATE")}\n${pem("PRIVATE KEY")}`, false],
    ["CERTIFICATE_AND_KEY", pem("CERTIFICATE"), false],
    ["ARCHIVE", "A".repeat(400), true],
    ["ARCHIVE", `${"A".repeat(400)}\nhello`, false],
    ["ARCHIVE", "", false],
    ["NETWORK", '{"cidr":"192.168.10.0/24","note":"192.168.10.0/24, as in the notes"}', true],
    ["NETWORK", '{"cidr":"","note":""}', false],
    ["NETWORK", 'hello\n{"cidr":"192.168.10.0/24","note":""}', false],
    ["EPOCH", "1700000000", true],
    ["EPOCH", "hello\n1700000000", false],
  ] as const)("%s takes %j: %s", (name, text, fits) => {
    const run = launch('printf %s "$TEXT"', { output: shapes[name], environment: { TEXT: text } });
    expect(run.exitCode).toBe(fits ? 0 : 1);
  });
});
