import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Makes a folder of the running test's own; it goes with the test, after all that the test itself has to take away. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "istio-lab-test-"));
  // A program that nobody waits for any more, since another one has failed, may still write into it.
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}
