// `npm test`: runs the rings that are named, one after another, and ends with the sum over them.
//   test.mjs RING… [-- VITEST ARGS…]
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const rings = ["unit", "component", "engine", "e2e", "official", "kills"];
const isRing = (word) => rings.includes(word);
const words = process.argv.slice(2).filter((word) => word !== "--");
const wanted = words.filter(isRing);
const others = words.filter((word) => !isRing(word));
if (wanted.length === 0) {
  console.error(`test.mjs: no ring given; give some of: ${rings.join(", ")}`);
  process.exit(1);
}

/** The counts come from vitest's own report: what it prints is for people. */
async function runRing(ring) {
  const folder = mkdtempSync(join(tmpdir(), "istio-lab-test-"));
  const report = join(folder, "report.json");
  const args = ["run", "--config", "test/vitest.config.mts", "--project", ring, "--passWithNoTests"];
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const child = spawn(join("node_modules", ".bin", "vitest"), [...args, ...reporters, ...others], { stdio: "inherit" });
  // The terminal sends Ctrl-C to vitest too: it ends, and the sum is still printed.
  const ignore = () => undefined;
  process.on("SIGINT", ignore);
  const code = await new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (status, signal) => resolve(status ?? signal));
  });
  process.off("SIGINT", ignore);
  let counts = { passed: 0, failed: 0 };
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, "utf8"));
    counts = { passed: numPassedTests, failed: numFailedTests };
  } catch {
    // No report: vitest died, which its exit code says.
  }
  rmSync(folder, { recursive: true, force: true });
  // A ring without tests proves nothing, so it must not look green; a filter may well leave a ring empty.
  const isEmpty = counts.passed + counts.failed === 0 && others.length === 0;
  if (isEmpty) console.error(`test.mjs: the ring ${ring} ran no test`);
  // A file that does not even load, or an unhandled rejection, fails no test: it still has to count.
  if (counts.failed === 0 && (code !== 0 || isEmpty)) counts.failed = 1;
  return counts;
}

const sum = { passed: 0, failed: 0 };
for (const ring of rings.filter((name) => wanted.includes(name))) {
  const counts = await runRing(ring);
  sum.passed += counts.passed;
  sum.failed += counts.failed;
}
console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed === 0 ? 0 : 1;
