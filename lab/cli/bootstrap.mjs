// What every npm script starts: a fresh clone works without a manual `npm ci`. Plain JavaScript, because nothing is installed yet, and such that
// Node.js 12 can read it: who has an old one is to be told so and not to get a syntax error.
//   node bootstrap.mjs VERB …              the command line (lab/cli/main.ts)
//   node bootstrap.mjs --run FILE ARGS…    a script of the project that needs the packages
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import { tmpdir, uptime, userInfo } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { allowsNode } from "./node-range.mjs";

const project = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");
const modules = join(project, "node_modules");
const variables = JSON.parse(fs.readFileSync(join(project, "infra", "core", "child-variables.json"), "utf8"));
const shortages = JSON.parse(fs.readFileSync(join(project, "infra", "core", "shortages.json"), "utf8"));
const stamp = join(modules, ".istio-lab-stamp");
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

function fail(message) {
  console.error(message);
  process.exit(1);
}

function checkNodeVersion(wanted) {
  const given = process.versions.node;
  if (!allowsNode(wanted, given)) {
    fail(`node: ${given} given, ${wanted} wanted; install another Node.js from https://nodejs.org/download`);
  }
}

/** The same rule as in infra/core/shortage.ts. */
function shortageOf({ code, syscall = "" }) {
  return shortages.anywhere[code] || (syscall.startsWith("spawn") ? shortages.start[code] : undefined);
}

/** npm may leave it out, e.g. what is for another system. */
const isOptional = ({ optional, devOptional }) => optional === true || devOptional === true;

function readOrUndefined(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** npm writes its own account of node_modules last, so it tells a whole installation, by whomever, from half a one. */
function isInstalledByHand(lockText) {
  const account = readOrUndefined(join(modules, ".package-lock.json"));
  if (account === undefined) return false;
  const installed = JSON.parse(account).packages;
  return Object.entries(JSON.parse(lockText).packages).every(
    ([path, entry]) => path === "" || isOptional(entry) || (installed[path] || {}).version === entry.version,
  );
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/**
 * Puts the lock there with its content, or not at all: there is no moment at which it is empty. All other locks are infra/core/lock.ts's, which
 * cannot be read yet; this one is handed on to npm.
 */
function takeLock(lock) {
  const draft = `${lock}.${process.pid}`;
  fs.writeFileSync(draft, String(process.pid));
  try {
    fs.linkSync(draft, lock);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/** Hands a lock on that is taken. */
function passLock(lock, pid) {
  const draft = `${lock}.${process.pid}`;
  fs.writeFileSync(draft, String(pid));
  fs.renameSync(draft, lock);
}

/** The process that holds the lock, if it can be alive: since the machine has started, an id may have got another owner. */
function holderOf(lock) {
  try {
    const isOfThisBoot = fs.statSync(lock).mtimeMs > Date.now() - uptime() * 1000;
    const pid = Number(fs.readFileSync(lock, "utf8"));
    return isOfThisBoot && pid > 0 && isAlive(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** The same rule as in infra/core/paths.ts: an empty variable counts as not set, and a relative path would be a folder of the checkout. */
function folderOf(name) {
  const folder = process.env[name];
  if (folder && !isAbsolute(folder)) {
    const example = join(accountHome() || "/home/you", name === "HOME" ? "" : "istio-lab");
    fail(`${name}: "${folder}" given; write an absolute path, e.g. ${example}`);
  }
  return folder || undefined;
}

/** The home folder that this machine has noted for the user, if any. */
function accountHome() {
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}

const findHome = () => folderOf("HOME") || accountHome();

function cacheFolder() {
  const own = folderOf("ISTIO_LAB_CACHE");
  if (own !== undefined) return own;
  const shared = folderOf("XDG_CACHE_HOME");
  if (shared !== undefined) return join(shared, "istio-lab");
  return join(findHome() || fail("HOME: not set; write an absolute path, e.g. /home/you"), ".cache", "istio-lab");
}

/** Where the lock lies. What root makes in the home of another user, e.g. by `sudo` with a student's HOME, that one can neither change nor remove. */
function lockFolder() {
  const cache = cacheFolder();
  const isAnothers = process.getuid && process.getuid() === 0 && fs.statSync(nearest(cache)).uid !== 0;
  return isAnothers ? tmpdir() : cache;
}

function nearest(path) {
  return fs.existsSync(path) ? path : nearest(dirname(path));
}

function isFolder(path) {
  try {
    return fs.statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function isWritable(path) {
  try {
    fs.accessSync(path, fs.constants.W_OK | fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs `work` with the lock, alone on this checkout; the lock of a process that is gone does not count. */
async function withLock(work) {
  const cache = lockFolder();
  try {
    fs.mkdirSync(cache, { recursive: true, mode: 0o700 });
    fs.accessSync(cache, fs.constants.W_OK | fs.constants.X_OK);
  } catch (error) {
    // The reasons are in infra/core/folder-problem.ts; Node's own ENOENT of a read-only file system is none.
    const reason = error.code === "ENOENT" ? "it cannot be made" : error.code;
    fail(`${cache}: the cache folder cannot be used: ${reason}; name another one in ISTIO_LAB_CACHE`);
  }
  const lock = join(cache, `npm-${sha256(project).slice(0, 12)}.lock`);
  for (let said = false; !takeLock(lock);) {
    const left = readOrUndefined(lock);
    const holder = holderOf(lock);
    if (holder === undefined) {
      if (readOrUndefined(lock) === left) fs.rmSync(lock, { force: true });
      continue;
    }
    if (!said) console.error(`waiting for another istio-lab that installs the packages (process ${holder})`);
    said = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  process.on("exit", () => fs.rmSync(lock, { force: true }));
  await work(lock);
}

/** What npm inherits, its settings of registries among it: infra/core/child-environment.ts makes the environment of all that is started later. */
function npmEnvironment() {
  const isPassed = (name) => {
    const [, setting] = /^npm_config_(.+)$/i.exec(name) || [];
    if (setting !== undefined) return /^(\/\/|@)/.test(setting) || variables.npm.includes(setting.toLowerCase());
    const listed = [...variables.always, ...variables.download, ...variables.proxies, "no_proxy", "NO_PROXY"];
    return listed.includes(name) || variables.alwaysPrefixes.some((prefix) => name.startsWith(prefix));
  };
  const { TMPDIR: temporary = "", ...others } = process.env;
  const given = isAbsolute(temporary) && isFolder(temporary) && isWritable(temporary) ? process.env : others;
  const passed = Object.entries(given).filter(([name, value]) => value !== "" && isPassed(name));
  const home = findHome();
  return { ...Object.fromEntries(passed), ...(home === undefined ? {} : { HOME: home }) };
}

/** npm empties the folder to which a link leads, whatever else is in it. */
function refuseLink() {
  let target;
  try {
    target = fs.readlinkSync(modules);
  } catch {
    // A folder, or nothing yet.
    return;
  }
  fail(`node_modules is a link to ${target}, which npm ci would empty; remove the link: ${modules}`);
}

/** So long npm may take to end, in milliseconds: after a SIGTERM it goes on with the packages that it has begun, seen for 65 s. */
const NPM_GRACE = 10000;

/**
 * npm gets a group of its own: what stops us stops it with all that it has started, and we wait until it has ended. The next run would work on the same
 * folder. A second Ctrl-C ends it at once. If we are killed, the lock is still npm's.
 */
function runNpm(words, lock) {
  return new Promise((resolve) => {
    const npm = spawn("npm", words, { cwd: project, env: npmEnvironment(), stdio: ["ignore", 2, 2], detached: true });
    let isStopped = false;
    const stop = () => {
      if (isStopped) {
        process.kill(-npm.pid, "SIGKILL");
        return;
      }
      isStopped = true;
      console.error("stopping npm ci; once more, e.g. by Ctrl-C, ends it at once");
      process.kill(-npm.pid, "SIGTERM");
      setTimeout(stop, NPM_GRACE).unref();
    };
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    const end = (answer) => {
      passLock(lock, process.pid);
      signals.forEach((signal) => process.removeListener(signal, stop));
      resolve(answer);
    };
    npm.on("error", (error) => end({ error }));
    npm.on("exit", (status, signal) => end({ status, signal, isStopped }));
    if (npm.pid !== undefined) {
      passLock(lock, npm.pid);
      signals.forEach((signal) => process.on(signal, stop));
    }
  });
}

async function install(lock) {
  refuseLink();
  console.error("installing the packages that package-lock.json names (npm ci)");
  // The processor and the system of this machine, whatever a npmrc says. npm's own progress would mix with what --json prints.
  const flags = [...variables.npmFlags, `--os=${process.platform}`, `--cpu=${process.arch}`, "--loglevel=error"];
  const npm = await runNpm(["ci", ...flags], lock);
  if (npm.error) {
    const missing = `${npm.error.message}; npm comes with Node.js and has to be on PATH`;
    fail(`npm: ${shortageOf(npm.error) || missing}`);
  }
  if (npm.isStopped) {
    console.error("stopped; the same command installs the packages again");
    process.exit(130);
  }
  if (npm.signal) fail(`npm ci was ended by ${npm.signal}, and not by istio-lab; run the same again`);
  if (npm.status !== 0) fail(`npm ci failed with exit code ${npm.status}; its message is above`);
}

/**
 * The look before the stamp: is everything there that package-lock.json names for this machine, and does the compiler start?
 * @returns what is wrong; undefined if nothing is
 */
function problemOfPackages(lockText) {
  const missing = Object.entries(JSON.parse(lockText).packages).filter(
    ([path, entry]) => path !== "" && !isOptional(entry) && !fs.existsSync(join(project, path, "package.json")),
  );
  if (missing.length > 0) return `${missing.length} packages are missing, ${missing[0][0]} among them`;
  const line = 'process.stdout.write(require("esbuild").transformSync("let a: 1", { loader: "ts" }).code)';
  const look = spawnSync(process.execPath, ["--eval", line], { cwd: project, env: npmEnvironment(), encoding: "utf8" });
  if (look.status === 0 && look.stdout === "let a;\n") return undefined;
  const [, said] = /^Error: (.+)$/m.exec(look.stderr) || [];
  return `esbuild does not start: ${look.error ? look.error.message : said || `exit code ${look.status}`}`;
}

async function ensurePackages() {
  const lockText = fs.readFileSync(join(project, "package-lock.json"), "utf8");
  const wanted = sha256(lockText);
  if (readOrUndefined(stamp) === wanted) return;
  // The tab key installs nothing.
  if (first === "completion" && rest.length > 1) process.exit(0);
  await withLock(async (lock) => {
    if (!isInstalledByHand(lockText) || problemOfPackages(lockText) !== undefined) await install(lock);
    const problem = problemOfPackages(lockText);
    if (problem !== undefined) {
      fail(`node_modules: ${problem}; remove the folder ${modules} and run this again`);
    }
    fs.writeFileSync(stamp, wanted);
  });
}

/**
 * Where every error ends that nobody has foreseen: one line what happened and one how to see more, no stack trace. main.ts prints what is
 * meant for the user itself; here it comes from a callback.
 */
function lastResort(error) {
  const { name, message, stack, exitCode } = Object(error);
  if (name === "UserError") {
    console.error(message);
    process.exit(exitCode);
  }
  const shortage = shortageOf(Object(error));
  if (process.env.ISTIO_LAB_DEBUG) {
    console.error(stack || error);
  } else if (shortage) {
    fail([error.path, shortage].filter(Boolean).join(": "));
  } else {
    const [reason] = String(message || error).split("\n");
    console.error(`unexpected error: ${reason}`);
    console.error("to see where it comes from, run the same with ISTIO_LAB_DEBUG=1 in front");
  }
  process.exit(70);
}

const [first, ...rest] = process.argv.slice(2);
if (first !== "--run") {
  process.on("uncaughtException", lastResort);
}
const { engines } = JSON.parse(fs.readFileSync(join(project, "package.json"), "utf8"));
checkNodeVersion(engines.node);
ensurePackages().then(() => setImmediate(start), lastResort);

function start() {
  const require = createRequire(import.meta.url);
  // `env` takes 0.25 s this way and 0.5 s under tsx, on two cores.
  require("../../infra/runtime/typescript.cjs");
  require("../../infra/runtime/lean-sdk.cjs");
  if (first === "--run") {
    const script = resolve(project, rest[0] || fail("--run: a file is wanted, e.g. --run test/scripts/check.mjs"));
    process.argv = [process.argv[0], script, ...rest.slice(1)];
    import(pathToFileURL(script).href);
  } else {
    require("./main.ts").main(process.argv.slice(2));
  }
}
