import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Whether this machine lets the tests mount a small disk: only root may, and not in every container. */
export const canMount = ((): boolean => {
  const folder = mkdtempSync(join(tmpdir(), "istio-lab-disk-"));
  const mounted = mount(folder);
  unmount(folder);
  rmSync(folder, { recursive: true, force: true });
  return mounted;
})();

/** A disk of 1 MiB in place of a folder, gone after the test. */
export class SmallDisk {
  private readonly filler: string;

  /** @param folder what is in it is hidden meanwhile */
  public constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    mount(folder);
    onTestFinished(() => unmount(folder));
    this.filler = join(folder, "filler");
  }

  /** Leaves no room for a single byte more. */
  public fill(): void {
    const file = openSync(this.filler, "w");
    for (const size of [4096, 1]) {
      writeUntilFull(file, Buffer.alloc(size, "x"));
    }
    closeSync(file);
  }

  /** Makes room again. */
  public empty(): void {
    rmSync(this.filler);
  }
}

function writeUntilFull(file: number, block: Buffer): void {
  for (;;) {
    try {
      writeSync(file, block);
    } catch {
      return;
    }
  }
}

function mount(folder: string): boolean {
  return spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", folder]).status === 0;
}

function unmount(folder: string): void {
  spawnSync("umount", [folder]);
}
