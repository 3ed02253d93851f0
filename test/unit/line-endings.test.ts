import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testFolder } from "../support/test-folder";

/** Runs git without the user's own settings. */
function git(cwd: string, ...words: readonly string[]): void {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...words], { cwd, env, stdio: "pipe" });
}

describe("a clone", () => {
  it("has LF in every file also if git is told to write CRLF", () => {
    const folder = testFolder();
    const source = join(folder, "source");
    for (const name of [
      ".gitattributes",
      "infra",
      "lab/shared/manifests",
      "lab/vm",
      "package.json",
      "Pulumi.yaml",
      "README.md",
    ]) {
      cpSync(name, join(source, name), { recursive: true });
    }
    git(source, "init", "--quiet");
    git(source, "add", "--all");
    git(source, "commit", "--quiet", "--message", "all");
    git(folder, "clone", "--quiet", "--config", "core.autocrlf=true", source, "clone");
    const files = readdirSync(join(folder, "clone"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((file) => !file.includes("/.git/"));
    expect(files.length).toBeGreaterThan(200);
    expect(files.filter((file) => readFileSync(file).includes("\r\n"))).toEqual([]);
  });
});
