import { join } from "node:path";

/** What decides how a program is started: the parts of the engine's RunRequest that this host passes on. */
export interface ProgramRun {
  readonly monitorAddress: string;
  readonly engineAddress: string;
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  readonly rootDirectory: string;
  readonly programDirectory: string;
  readonly dryRun: boolean;
  /** Resource operations at a time; 0: the engine does not say. */
  readonly parallel: number;
  /** Address that `--tracing` gave to this host. */
  readonly tracing: string | undefined;
  /** Relative to the program's directory, `.` for the directory's own main file. */
  readonly entryPoint: string;
  readonly args: readonly string[];
  /** Keys as `project:key`, or `project:config:key` from old engines. */
  readonly config: ReadonlyMap<string, string>;
  readonly configSecretKeys: readonly string[];
}

/** Options under `runtime.options` of Pulumi.yaml that this host knows. */
export interface RuntimeOptions {
  /** Arguments for node itself. */
  readonly nodeArgs: readonly string[];
  /** Whether the SDK compiles TypeScript on the fly. Default true. */
  readonly typescript: boolean;
  /** Path of the tsconfig.json to use, where it is not beside the program. */
  readonly tsconfigPath: string | undefined;
}

/**
 * Reads `runtime.options` of Pulumi.yaml.
 * @throws Error where an option has the wrong type; options that this host does not know are the official host's business
 */
export function parseRuntimeOptions(options: Readonly<Record<string, unknown>>): RuntimeOptions {
  const { typescript = true, nodeargs = "", tsconfig } = options;
  if (typeof typescript !== "boolean") {
    throw new Error(`runtime option typescript: ${JSON.stringify(typescript)} given, true or false wanted`);
  }
  if (typeof nodeargs !== "string") {
    throw new Error(`runtime option nodeargs: ${JSON.stringify(nodeargs)} given, a string wanted`);
  }
  if (tsconfig !== undefined && typeof tsconfig !== "string") {
    throw new Error(`runtime option tsconfig: ${JSON.stringify(tsconfig)} given, a path wanted`);
  }
  return { nodeArgs: splitWords(nodeargs), typescript, tsconfigPath: tsconfig };
}

/** The arguments of `node` that run a program with the SDK's own runner. */
export function programArguments(run: ProgramRun, runner: string, options: RuntimeOptions): string[] {
  const flags: readonly (readonly [string, string])[] = [
    ["monitor", run.monitorAddress],
    ["engine", run.engineAddress],
    ["organization", run.organization],
    ["project", run.project],
    ["root-directory", run.rootDirectory],
    ["stack", run.stack],
    ["pwd", run.programDirectory],
    ["parallel", String(run.parallel)],
    ["tracing", run.tracing ?? ""],
  ];
  return [
    ...options.nodeArgs,
    runner,
    ...flags.filter(([, value]) => value !== "").flatMap(([name, value]) => [`--${name}`, value]),
    ...(run.dryRun ? ["--dry-run"] : []),
    run.entryPoint,
    ...run.args,
  ];
}

/** The variables that the SDK's runner reads, beside the host's own environment. */
export function programEnvironment(run: ProgramRun, options: RuntimeOptions): Record<string, string> {
  const config = [...run.config].map(([key, value]) => [key.replace(":config:", ":"), value] as const);
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(config)),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(run.configSecretKeys.map((key) => key.replace(":config:", ":"))),
    ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    ...(options.tsconfigPath === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfigPath }),
  };
}

/**
 * Finds the SDK's runner as the program itself would find the SDK.
 * @param programDirectory the program's folder; `node_modules` is looked for there and upwards
 * @throws Error where the SDK is not installed
 */
export function findRunner(programDirectory: string): string {
  try {
    return require.resolve("@pulumi/pulumi/cmd/run", { paths: [programDirectory] });
  } catch {
    throw new Error(
      `It looks like the Pulumi SDK has not been installed: no @pulumi/pulumi found from ${programDirectory}. ` +
        `Run: npm ci (in ${join(programDirectory)})`,
    );
  }
}

/**
 * Splits a line into words as a shell does, without expanding anything: blanks separate, quotes and backslash protect.
 * @throws Error where a quote is not closed
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === "\\" && quote !== "'") {
      word = (word ?? "") + line.charAt(++at);
    } else if (quote === "" ? character === '"' || character === "'" : character === quote) {
      quote = quote === "" ? character : "";
      word ??= "";
    } else if (quote === "" && /\s/.test(character)) {
      words.push(...(word === undefined ? [] : [word]));
      word = undefined;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote !== "") {
    throw new Error(`runtime option nodeargs: the quote ${quote} is not closed in ${line}`);
  }
  return word === undefined ? words : [...words, word];
}
