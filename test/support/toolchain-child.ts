import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runSteps } from "../../infra/toolchain/runner";
import type { Step } from "../../infra/toolchain/step";

/**
 * A set-up to be killed: three steps that follow one another, each of which says in `journal` that it started, writes half of its
 * result, lets a program write on for a while, and then writes the other half.
 * Arguments: cache folder, journal file, the steps whose programs write on until they are killed; all others do so for no time.
 */
const [cache = "", journal = "", ...endless] = process.argv.slice(2);

function slowStep(name: string, needs: readonly string[]): Step {
  return {
    name,
    title: `step ${name}`,
    needs,
    inputs: ["1"],
    weight: "build",
    async run(context) {
      appendFileSync(journal, `start ${name}\n`);
      const seen = join(context.work, "runs");
      const runs = existsSync(seen) ? Number(readFileSync(seen, "utf8")) : 0;
      writeFileSync(seen, String(runs + 1));
      writeFileSync(join(context.out, "first"), needs.map((need) => context.result(need)).join(","));
      const pause = endless.includes(name) ? "exec sleep 600" : "true";
      await context.exec("sh", ["-c", `echo $$ >>"$JOURNAL.pids"; ${pause}; echo second >"$OUT/second"`], {
        env: { OUT: context.out, JOURNAL: journal },
      });
      appendFileSync(journal, `end ${name}\n`);
    },
  };
}

async function main(): Promise<void> {
  const result = await runSteps({
    cache,
    steps: [slowStep("one", []), slowStep("two", ["one"]), slowStep("three", ["two"])],
  });
  process.stdout.write(`made ${[...result.seconds.keys()].join(" ")}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
