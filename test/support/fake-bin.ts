import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testFolder } from "./test-folder";

/** What a run of a script did. */
export interface ScriptRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Every call of a fake program, as it was typed. */
  readonly calls: readonly string[];
}

/** A folder with fake programs that record their calls, in front of the real PATH. */
export class FakeBin {
  /** A temporary folder of the test's own. */
  public readonly folder = testFolder();
  private readonly log = join(this.folder, "calls");

  /** @param programs bash text by name: `$*` is what the program was called with, `$FOLDER` this folder */
  public constructor(programs: Readonly<Record<string, string>>) {
    mkdirSync(join(this.folder, "bin"));
    for (const [name, body] of Object.entries(programs)) {
      const file = join(this.folder, "bin", name);
      writeFileSync(file, `#!/usr/bin/env bash\nFOLDER='${this.folder}'\necho "${name} $*" >>'${this.log}'\n${body}\n`);
      chmodSync(file, 0o755);
    }
  }

  /** A PATH with the fake programs in front of the real one. */
  public get path(): string {
    return `${join(this.folder, "bin")}:${process.env["PATH"] ?? ""}`;
  }

  /** This process's environment, with that PATH. */
  public get environment(): NodeJS.ProcessEnv {
    return { ...process.env, PATH: this.path };
  }

  /**
   * Runs a script's text as the command provider does. Where the script waits, no time passes: each pause counts as 20 s (WAIT_STEP).
   */
  public run(text: string, environment: Readonly<Record<string, string>>, stdin = ""): ScriptRun {
    const { status, stdout, stderr } = spawnSync("/bin/bash", ["-c", text], {
      env: { PATH: this.path, HOME: this.folder, WAIT_STEP: "20", ...environment },
      input: stdin,
      encoding: "utf8",
      // Only a script that hangs takes that long.
      timeout: 120_000,
    });
    return { exitCode: status, stdout, stderr, calls: this.calls() };
  }

  /** Every call so far. */
  public calls(): string[] {
    return existsSync(this.log) ? readFileSync(this.log, "utf8").trim().split("\n") : [];
  }
}
