import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished } from "vitest";
import { identityOf, isSuspended, type ProcessIdentity } from "../../infra/core/workstation/processes";

/** A process of the running test's that is suspended, as by Ctrl-Z; it ends with the test. */
export async function suspendedProcess(): Promise<ProcessIdentity> {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  child.kill("SIGSTOP");
  await expect.poll(() => isSuspended(child.pid!), { interval: 5, timeout: 10_000 }).toBe(true);
  return identityOf(child.pid!)!;
}
