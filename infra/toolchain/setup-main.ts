import { ensureToolchain } from "./setup";

/** `npx tsx infra/toolchain/setup-main.ts`: the set-up alone, without the rest of the command line. */
async function main(): Promise<void> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () =>
      stop.abort(new Error("interrupted; finished steps are kept, go on with: npm run lab -- setup")),
    );
  }
  const manifest = await ensureToolchain({ signal: stop.signal });
  process.stdout.write(`${JSON.stringify(manifest, null, 2)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
