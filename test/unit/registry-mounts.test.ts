import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const folder = join(__dirname, "..", "..", "infra", "toolchain", "registry", "scripts");
const scripts = readdirSync(folder).filter((name) => name.endsWith(".sh"));
/** What mounts something below the cache: the command, or debootstrap, which mounts /proc in the root that it fills. */
const mounts = scripts.filter((name) => /^\s*(mount|debootstrap) /m.test(readFileSync(join(folder, name), "utf8")));

describe("a script of the set-up that mounts something", () => {
  it("is one of those that are known to", () => {
    expect(mounts).toEqual(["debian-base.sh", "debian-install.sh", "debian-package.sh", "node-containerd.sh"]);
  });

  // Seen: a killed set-up left /proc mounted below the cache, which the README calls safe to delete.
  it.each(mounts)("%s does so where nobody else sees it, and a kill takes it away", (name) => {
    const text = readFileSync(join(folder, name), "utf8");
    const unshared = text.indexOf('LAB_UNSHARED=yes exec unshare --mount --pid --fork --kill-child bash "$0"');
    expect(unshared).toBeGreaterThan(0);
    expect(unshared).toBeLessThan(text.search(/^\s*(mount|debootstrap) /m));
  });
});
