import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { sshLine } from "../../infra/core/ssh-line";
import { ACCESS, CommandLine, dockerWith, pulumiWith } from "../support/command-line";

const member = { ...ACCESS.hosts[0]!, workloadEntry: "forum-services/forum-1" };
const login = sshLine(member.login);
const access = { ...ACCESS, hosts: [member] };

/** A lab in which a scenario has stopped forum and waits for what follows, for as long as one lets it; what starts forum again takes a while. */
function interruptible(): CommandLine {
  const cli = new CommandLine({
    pulumi: pulumiWith(access),
    docker: dockerWith("dev"),
    kubectl: 'echo $$ >"$FOLDER/checking"; exec sleep 60',
    ssh: 'case "$*" in *is-active*) echo active ;; *" start forum") sleep 1; touch "$FOLDER/restored" ;; esac',
  });
  cli.addStack("dev");
  mkdirSync(join(cli.state, "dev"), { recursive: true });
  return cli;
}

const WORDS = [resolve("lab/cli/bootstrap.mjs"), "verify", "--only", "forum-stopped"];
const until = (file: string) => expect.poll(() => existsSync(file), { interval: 50 }).toBe(true);

describe("verify in the middle of a scenario", () => {
  it.each([["SIGINT"], ["SIGTERM"], ["SIGHUP"]] as const)("puts back what it has changed at %s", async (signal) => {
    const cli = interruptible();
    const child = spawn(process.execPath, WORDS, { cwd: cli.folder, env: cli.environment, stdio: "ignore" });
    const ended = new Promise((done) => child.on("exit", (code, by) => done(code ?? by)));
    await until(join(cli.folder, "checking"));
    child.kill(signal);
    expect(await ended).toBe(130);
    expect(existsSync(join(cli.folder, "restored"))).toBe(true);
    expect(cli.calls().filter((call) => call.startsWith("ssh"))).toEqual([
      `${login} systemctl is-active forum || true`,
      `${login} sudo systemctl stop forum`,
      `${login} sudo systemctl start forum`,
    ]);
  });

  it.runIf(process.platform === "linux")("puts back what it has changed when its terminal is closed", async () => {
    const cli = interruptible();
    const codeFile = join(cli.folder, "code");
    const words = [process.execPath, ...WORDS].map((word) => `'${word}'`).join(" ");
    // `script` holds the terminal: with its end, nobody reads what is printed. The shell hands the hang-up on, as shells do, and tells the end.
    const line = `${words} & job=$!; trap 'kill -HUP $job' HUP; wait $job; wait $job; echo $? >'${codeFile}'`;
    const terminal = spawn("script", ["--quiet", "--command", line, "/dev/null"], {
      cwd: cli.folder,
      env: cli.environment,
      stdio: ["pipe", "ignore", "ignore"],
    });
    onTestFinished(() => void terminal.kill("SIGKILL"));
    await until(join(cli.folder, "checking"));
    terminal.kill("SIGKILL");
    // The shell opens the file before it writes the code.
    await expect.poll(() => existsSync(codeFile) && readFileSync(codeFile, "utf8"), { interval: 50 }).toBe("129\n");
    expect(existsSync(join(cli.folder, "restored"))).toBe(true);
    expect(cli.calls().at(-1)).toBe(`${login} sudo systemctl start forum`);
  });
});
