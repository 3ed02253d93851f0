import { spawn, type ChildProcess } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { binFolder, preparedToolchains } from "../../infra/core/toolchain-key";
import { pluginSteps } from "../../infra/toolchain/plugins/bundle";
import { awsPluginName, bundleAwsPlugin } from "./aws/bundle";

const repository = resolve(__dirname, "../..");

/** The plugins that engine tests can use, by the folder in which the engine looks for them. */
const pluginFolders = {
  "pulumi-resource-command": "resource-command-v1.2.1",
  "pulumi-resource-kubernetes": "resource-kubernetes-v4.34.2",
  [awsPluginName]: "resource-aws-v7.48.0",
} as const;

/** The runtime of a program in plain JavaScript, for a Pulumi.yaml. */
const plainRuntime = "{ name: nodejs, options: { typescript: false } }";

const preamble = `
const pulumi = require("@pulumi/pulumi");
const command = require("@pulumi/command");
const silent = { addPreviousOutputInEnv: false, logging: "none" };
const withArguments = (given, Command) => class extends Command {
  constructor(name, args, options) { super(name, { ...given, ...args }, options); }
};
const local = { Command: withArguments({ ...silent, interpreter: ["/bin/sh", "-c"] }, command.local.Command) };
const remote = { Command: withArguments(silent, command.remote.Command), CopyToRemote: command.remote.CopyToRemote };
`;

/** A resource plugin of this project, or the one of the test account. */
export type PluginName = keyof typeof pluginFolders;

/** How a `pulumi` command ended. */
export interface EngineRun {
  readonly code: number | null;
  /** All that it wrote. */
  readonly output: string;
  /** Steps on the program's own resources, without `same` and reads; only of up, preview and destroy. */
  readonly steps: readonly string[];
}

/** A `pulumi` command under way. */
export interface EngineProcess {
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly output: () => string;
  readonly finished: Promise<EngineRun>;
}

interface EngineEvent {
  readonly resOutputsEvent?: { readonly metadata: EventMetadata };
  readonly resourcePreEvent?: { readonly metadata: EventMetadata };
  readonly resOpFailedEvent?: { readonly metadata: EventMetadata };
}

interface EventMetadata {
  readonly op: string;
  readonly urn: string;
  readonly type: string;
}

/**
 * The real engine with this project's plugins, on a temporary backend: one stack `test` of one program, which is plain
 * JavaScript so that nothing is compiled.
 */
export class Engine {
  /** Folder for whatever the test needs; gone after `close`. */
  readonly folder: string;
  private readonly project: string;
  private readonly environment: NodeJS.ProcessEnv;
  private runs = 0;

  private constructor(folder: string, more: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.project = join(folder, "project");
    this.environment = {
      ...process.env,
      PATH: [join(folder, "bin"), process.env["PATH"] ?? ""].join(delimiter),
      HOME: folder,
      PULUMI_HOME: join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "engine test",
      // Lets the commands know --event-log.
      PULUMI_DEBUG_COMMANDS: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      ...more,
    };
  }

  /**
   * Bundles the plugins and makes the stack.
   * @param plugins resource plugins beside the language host. Default: command
   * @param environment variables for every run, beside the process's own
   * @throws Error if no pulumi can be found
   */
  static async start(
    plugins: readonly PluginName[] = ["pulumi-resource-command"],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Engine> {
    const engine = new Engine(realpathSync(mkdtempSync(join(tmpdir(), "istio-lab-engine-"))), environment);
    for (const folder of ["bin", "home/plugins", "state", "project"]) {
      mkdirSync(join(engine.folder, folder), { recursive: true });
    }
    linkOrCopy(findProgram("pulumi"), join(engine.folder, "bin/pulumi"));
    await bundle("pulumi-language-nodejs", join(engine.folder, "bin"));
    for (const plugin of plugins) {
      const folder = join(engine.folder, "home/plugins", pluginFolders[plugin]);
      mkdirSync(folder);
      await bundle(plugin, folder);
    }
    symlinkSync(join(repository, "node_modules"), join(engine.project, "node_modules"));
    writeFileSync(join(engine.project, "Pulumi.yaml"), `name: engine-test\nruntime: ${plainRuntime}\n`);
    writeFileSync(join(engine.project, "package.json"), JSON.stringify({ main: "index.js" }));
    await engine.must(["stack", "init", "test"]);
    return engine;
  }

  /** Replaces the program; `pulumi`, `local` and `remote` are there, and commands have the arguments that every step of a lab has. */
  program(text: string): void {
    writeFileSync(join(this.project, "index.js"), preamble + text);
  }

  /** `pulumi up` without asking, and without its preview. */
  up(): Promise<EngineRun> {
    return this.startUp().finished;
  }

  /** The same, to be interrupted. */
  startUp(): EngineProcess {
    return this.operation(["up", "--yes", "--skip-preview"]);
  }

  preview(): Promise<EngineRun> {
    return this.operation(["preview", "--diff"]).finished;
  }

  destroy(): Promise<EngineRun> {
    return this.operation(["destroy", "--yes", "--skip-preview"]).finished;
  }

  /** Outputs of the stack, secrets in plain. */
  async outputs(): Promise<Record<string, unknown>> {
    const run = await this.must(["stack", "output", "--json", "--show-secrets"]);
    return JSON.parse(run.output) as Record<string, unknown>;
  }

  /** The stack's state as text, secrets encrypted. */
  async exported(): Promise<string> {
    return (await this.must(["stack", "export"])).output;
  }

  /** Runs any `pulumi` command on the stack. */
  run(args: readonly string[]): EngineProcess {
    const child = spawn(join(this.folder, "bin/pulumi"), [...args, "--non-interactive", "--color=never"], {
      cwd: this.project,
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, as a terminal gives it: a test can interrupt it as a user does.
      detached: true,
    });
    let output = "";
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    child.stderr.on("data", (data: Buffer) => (output += data.toString()));
    const finished = new Promise<EngineRun>((done, fail) => {
      child.on("error", fail);
      child.on("close", (code) => done({ code, output, steps: [] }));
    });
    return { child, output: () => output, finished };
  }

  /** Removes everything. */
  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private operation(args: readonly string[]): EngineProcess {
    const log = join(this.folder, `events-${++this.runs}`);
    const running = this.run([...args, "--stack", "test", "--event-log", log]);
    return { ...running, finished: running.finished.then((run) => ({ ...run, steps: stepsIn(log) })) };
  }

  private async must(args: readonly string[]): Promise<EngineRun> {
    const run = await this.run(args).finished;
    if (run.code !== 0) {
      throw new Error(`pulumi ${args.join(" ")} failed:\n${run.output}`);
    }
    return run;
  }
}

/** What the engine did, in the order of its ends, e.g. `create a`; `create-failed a` if it failed. */
function stepsIn(eventLog: string): string[] {
  const lines = existsSync(eventLog) ? readFileSync(eventLog, "utf8").split("\n") : [];
  const events = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as EngineEvent);
  return events.flatMap((event) => {
    const done = event.resOutputsEvent?.metadata;
    const failed = event.resOpFailedEvent?.metadata;
    const metadata = done ?? failed;
    if (metadata === undefined || metadata.op === "same" || metadata.type.startsWith("pulumi:")) {
      return [];
    }
    const name = metadata.urn.split("::").slice(3).join("::");
    return [`${metadata.op}${failed === undefined ? "" : "-failed"} ${name}`];
  });
}

/** A program that set-up has built or fetched. */
function findProgram(name: string): string {
  const folders = [...preparedToolchains().map(binFolder), ...(process.env["PATH"] ?? "").split(delimiter)];
  const found = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (found === undefined) {
    throw new Error(`no ${name} on PATH nor in any toolchain; run: npm run lab -- setup`);
  }
  return realpathSync(found);
}

async function bundle(name: string, out: string): Promise<void> {
  if (name === awsPluginName) {
    return bundleAwsPlugin(out);
  }
  if (name === "pulumi-resource-kubernetes") {
    linkOrCopy(findProgram(name), join(out, name));
    return;
  }
  const step = pluginSteps().find((each) => each.name === name);
  if (step === undefined) {
    throw new Error(`no plugin ${name}`);
  }
  // Bundling uses nothing of the context but where to write.
  await step.run({ out } as Parameters<typeof step.run>[0]);
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
