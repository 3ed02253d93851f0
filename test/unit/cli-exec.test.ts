import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { writePage } from "../../lab/cli/verbs/trace";
import { ACCESS, CommandLine, pulumiWith } from "../support/command-line";

/** `show` prints each of its words in brackets. */
const SHOW = 'printf "[%s]" "$@"; echo';
const lab = () => {
  const cli = new CommandLine({ pulumi: pulumiWith(ACCESS), show: SHOW });
  ["dev", "s"].forEach((stack) => cli.addStack(stack));
  return cli;
};

describe("exec", () => {
  it.each([
    [["--stack", "s", "k3s-s", "show", "a"], "[a]"],
    [["--stack=s", "k3s-s", "show", "a"], "[a]"],
    [["-s", "s", "k3s-s", "show", "a"], "[a]"],
    [["k3s-s", "--stack", "s", "show", "a"], "[a]"],
    [["k3s-s", "--stack=s", "show", "a"], "[a]"],
    [["k3s-s", "-s", "s", "show", "a"], "[a]"],
    [["k3s-s", "--stack", "s", "--", "show", "--flag"], "[--flag]"],
    [["--stack", "s", "k3s-s", "--", "show", "--flag"], "[--flag]"],
    [["--stack", "s", "--", "k3s-s", "show", "--flag"], "[--flag]"],
    [["--stack", "s", "k3s-s", "show", "--stack", "x"], "[--stack][x]"],
    [["--stack", "s", "k3s-s", "show", "-s", "x", "--", "y"], "[-s][x][--][y]"],
    [["--stack", "s", "k3s-s", "show", "--help"], "[--help]"],
    [["--stack", "s", "k3s-s", "--", "show", "--", "y"], "[--][y]"],
  ])("%j runs the command on stack s", async (words, output) => {
    const cli = lab();
    const { exitCode, stdout, stderr } = await cli.run(["exec", ...words]);
    expect([exitCode, stdout, stderr]).toEqual([0, `${output}\n`, ""]);
    expect(cli.calls()[0]).toBe("pulumi stack output --json --stack s --non-interactive");
  });

  it.each([
    [["k3s-s"], "error: missing required argument 'COMMAND'"],
    [["k3s-s", "--stack", "s"], "error: missing required argument 'COMMAND'"],
    [["k3s-s", "--"], "error: missing required argument 'COMMAND'"],
    [["k3s-s", "--stack"], "error: option '-s, --stack <name>' argument missing"],
    [["k3s-s", "--nope", "show"], "error: unknown option '--nope'"],
  ])("%j is refused", async (words, message) => {
    const cli = lab();
    const { exitCode, stdout, stderr } = await cli.run(["exec", ...words]);
    expect([exitCode, stdout, stderr]).toEqual([1, "", `${message}\n(--help says more)\n`]);
    expect(cli.calls()).toEqual([]);
  });

  it("says what to do for a lab of an earlier version, whose outputs have no login", async () => {
    const hosts = [{ name: "forum-vm", address: "192.168.10.200", ssh: "ssh x" }];
    const cli = new CommandLine({ pulumi: pulumiWith({ ...ACCESS, hosts }) });
    cli.addStack("dev");
    const { exitCode, stderr } = await cli.run(["exec", "forum-vm", "true"]);
    expect([exitCode, stderr]).toEqual([2, "stack dev: built by an earlier istio-lab; run: npm run up\n"]);
  });

  it.each([
    [["nosuch"], 127, "nosuch: there is no such program on this machine, or the folder FOLDER is gone\n"],
    [["./readable"], 126, "./readable: spawn ./readable EACCES\n"],
    [["bash", "-c", "exit 7"], 7, ""],
    [["bash", "-c", "kill -TERM $$"], 143, ""],
  ])("%j ends with %i", async (words, exitCode, stderr) => {
    const cli = lab();
    writeFileSync(join(cli.folder, "readable"), "");
    const run = await cli.run(["exec", "k3s-s", ...words]);
    expect(run).toEqual({ exitCode, stdout: "", stderr: stderr.replace("FOLDER", cli.folder) });
  });

  it("hands the end that somebody asks for on to the command", async () => {
    const cli = lab();
    const args = [resolve("lab/cli/bootstrap.mjs"), "exec", "k3s-s", "bash", "-c", "echo $$; sleep 60 & wait $!"];
    const child = spawn(process.execPath, args, { cwd: cli.folder, env: cli.environment });
    let stdout = "";
    child.stdout.on("data", (data: Buffer) => {
      stdout += data.toString();
      child.kill("SIGTERM");
    });
    const code = await new Promise((done) => child.on("exit", done));
    expect([code, /^\d+\n$/.test(stdout)]).toEqual([143, true]);
    expect(() => process.kill(Number(stdout), 0)).toThrow("ESRCH");
  });
});

describe("the caller's folder, with npm in between", () => {
  /** As a user types it: the project is somewhere else, and npm goes there. */
  const npm = (cli: CommandLine, words: readonly string[]) =>
    spawnSync("npm", ["--prefix", process.cwd(), "run", "-s", "lab", "--", ...words], {
      cwd: join(cli.folder, "mine"),
      env: cli.environment,
      encoding: "utf8",
    });

  it("is where exec runs its command, and finds its files", () => {
    const cli = lab();
    mkdirSync(join(cli.folder, "mine"));
    writeFileSync(join(cli.folder, "mine", "pod.yaml"), "kind: Pod\n");
    const { status, stdout } = npm(cli, ["exec", "k3s-s", "--", "bash", "-c", "pwd; cat pod.yaml"]);
    expect([status, stdout]).toEqual([0, `${realpathSync(join(cli.folder, "mine"))}\nkind: Pod\n`]);
  });

  it("is where a shell of exec starts, from which the command line can be called again", () => {
    const cli = lab();
    mkdirSync(join(cli.folder, "mine", "deeper"), { recursive: true });
    const again = `cd deeper && node ${resolve("lab/cli/bootstrap.mjs")} exec k3s-s pwd`;
    const { status, stdout } = npm(cli, ["exec", "k3s-s", "bash", "-c", again]);
    expect([status, stdout]).toEqual([0, `${join(cli.folder, "mine", "deeper")}\n`]);
  });
});

describe("trace --html", () => {
  const env = (folder: string) => ({ npm_lifecycle_event: "lab", INIT_CWD: folder });

  it("writes its page relative to the caller's folder", () => {
    const { folder } = lab();
    writePage("page.html", "<p>", env(folder));
    expect(readFileSync(join(folder, "page.html"), "utf8")).toBe("<p>");
  });

  it.each([
    ["a page of a trace", '<!doctype html>\n<meta name="generator" content="istio-lab trace">\nearlier'],
    [
      "a page of an earlier version",
      "<!doctype html>\n<footer><p>Everything on this page was read from the running system while the request was on its way.</p></footer>",
    ],
    ["an empty file", ""],
  ])("replaces %s", (_what, text) => {
    const { folder } = lab();
    writeFileSync(join(folder, "page.html"), text);
    writePage("page.html", "<p>", env(folder));
    expect(readFileSync(join(folder, "page.html"), "utf8")).toBe("<p>");
  });

  it.each([["<!doctype html>\n<p>my homepage"], ["notes on istio-lab trace"]])(
    "refuses to replace anything else, as %j, before it asks anything",
    async (text) => {
      const cli = lab();
      const file = join(cli.folder, "page.html");
      writeFileSync(file, text);
      const problem = `--html: ${file} is there and is not the page of a trace; name another file, or remove it`;
      expect(() => writePage("page.html", "<p>", env(cli.folder))).toThrow(problem);
      const before = cli.calls().length;
      const run = await cli.run(["trace", "webapp", "forum", "--html", file]);
      expect([run.exitCode, run.stdout, run.stderr]).toEqual([1, "", `${problem}\n`]);
      expect([cli.calls().length, readFileSync(file, "utf8")]).toEqual([before, text]);
    },
  );

  it("names the whole path of a page that cannot be written", () => {
    const { folder } = lab();
    expect(() => writePage("no/page.html", "<p>", env(folder))).toThrow(
      `--html: ${folder}/no/page.html cannot be written: ENOENT`,
    );
  });
});
