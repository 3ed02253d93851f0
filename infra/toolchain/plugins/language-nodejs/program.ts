import { spawn } from "node:child_process";
import { once } from "node:events";
import type * as language from "@pulumi/pulumi/proto/language_pb";

/** How a program ended. */
export interface ProgramResult {
  /** What to tell the user; "" if nothing went wrong or the program has said it itself. */
  readonly error: string;
  /** The program has told the user what is wrong: the engine stops without another message. */
  readonly bail: boolean;
}

/** The SDK's runner exits with it after it has logged an error that the user can act on. */
const exitCodeOfToldError = 32;

const killAfterMilliseconds = 5000;

/**
 * Reads `runtime.options` of Pulumi.yaml.
 * @returns arguments for node itself
 * @throws Error for any option that this host does not serve
 */
export function nodeArguments(options: Readonly<Record<string, unknown>>): readonly string[] {
  const { typescript, nodeargs = "", ...others } = options;
  const strange = [
    ...Object.keys(others),
    ...(typescript === false ? [] : ["typescript"]),
    ...(typeof nodeargs === "string" && !/["'\\]/.test(nodeargs) ? [] : ["nodeargs"]),
  ];
  if (strange.length > 0) {
    throw new Error(
      `runtime options of Pulumi.yaml: ${strange.join(", ")} given so is not served by istio-lab's language host; ` +
        "labs use typescript: false, and nodeargs without quotes",
    );
  }
  return (nodeargs as string).split(/\s+/).filter((word) => word !== "");
}

/** The arguments of `node` that run a program with the SDK's own runner. */
export function programArguments(request: language.RunRequest, engineAddress: string): string[] {
  const info = request.getInfo();
  const folder = info?.getProgramDirectory() ?? request.getPwd();
  const flags: Readonly<Record<string, string>> = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": info?.getRootDirectory() ?? folder,
    stack: request.getStack(),
    pwd: folder,
    parallel: String(request.getParallel()),
  };
  return [
    ...nodeArguments(info?.getOptions()?.toJavaScript() ?? {}),
    findRunner(folder),
    ...Object.entries(flags).flatMap(([name, value]) => (value === "" ? [] : [`--${name}`, value])),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info?.getEntryPoint() ?? request.getProgram(),
    ...request.getArgsList(),
  ];
}

/** Finds the SDK's runner as the program itself would find the SDK: in `node_modules` of its folder and upwards. */
function findRunner(folder: string): string {
  try {
    return require.resolve("@pulumi/pulumi/cmd/run", { paths: [folder] });
  } catch {
    throw new Error(
      `It looks like the Pulumi SDK has not been installed: no @pulumi/pulumi found from ${folder}. Run: npm ci`,
    );
  }
}

/**
 * Runs a Pulumi program to its end. Its output goes to this process's own, which the engine shows under the stack.
 * @param signal interrupts the program, and kills it 5 s later
 */
export async function runProgram(
  request: language.RunRequest,
  engineAddress: string,
  signal: AbortSignal,
): Promise<ProgramResult> {
  const child = spawn(process.execPath, programArguments(request, engineAddress), {
    env: {
      ...process.env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.pipe(process.stdout, { end: false });
  child.stderr.pipe(process.stderr, { end: false });
  const kill = (): void => {
    child.kill("SIGINT");
    setTimeout(() => child.kill("SIGKILL"), killAfterMilliseconds).unref();
  };
  if (signal.aborted) {
    kill();
  }
  signal.addEventListener("abort", kill);
  try {
    const [code, killedBy] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    return describeExit(code, killedBy);
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

/** What an exit means to the user: code 32 is silent, any other one that is not 0 is named. */
export function describeExit(code: number | null, killedBy: NodeJS.Signals | null): ProgramResult {
  if (code === 0 || code === exitCodeOfToldError) {
    return { error: "", bail: code !== 0 };
  }
  const killed = `Program was killed by ${killedBy ?? "a signal"}`;
  return { error: code === null ? killed : `Program exited with non-zero exit code: ${String(code)}`, bail: false };
}
