import { spawn } from "node:child_process";

/** How a program is run. */
export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Sent to stdin. Default: stdin is empty. */
  readonly input?: string;
}

/**
 * Runs a program that has to succeed.
 * @returns its stdout
 * @throws Error with the end of its output
 */
export function run(program: string, words: readonly string[], options: RunOptions = {}): Promise<string> {
  const env = { ...process.env, ...options.env };
  const child = spawn(program, words, { env, cwd: options.cwd, stdio: ["pipe", "pipe", "pipe"] });
  let [stdout, said] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    said += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  // A program that ends without reading is told by its exit code.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`${[program, ...words].join(" ").slice(0, 200)}: exit code ${code}\n${said.slice(-4000)}`));
    });
  });
}
