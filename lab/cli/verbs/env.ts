import { shellQuote } from "../../../infra/core/shell";
import { backendOf, ensureBackend } from "../backend";
import { exportedEnvironment } from "../session";
import { say } from "../terminal";

/** `env`: exports for a plain `pulumi`, on the same stacks and tools as this command line. */
export async function env(): Promise<void> {
  ensureBackend();
  for (const [name, value] of Object.entries(exportedEnvironment(backendOf()))) {
    say(`export ${name}=${shellQuote(value)}`);
  }
  await Promise.resolve();
}
