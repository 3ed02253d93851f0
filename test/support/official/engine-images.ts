import { execFileSync, spawnSync } from "node:child_process";

/** Names of the engine's images, sorted (docker lists images of the same second in any order); one without a name counts by its id. */
export function engineImages(): readonly string[] {
  const text = execFileSync("docker", ["image", "ls", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}"], {
    encoding: "utf8",
  });
  const lines = text.split("\n").filter(Boolean);
  const names = lines.map((line) => line.split(" "));
  return names.map(([name = "", id = ""]) => (name.includes("<none>") ? id : name)).toSorted();
}

/** Removes the images that have come since; one that others are made of goes after them. */
export function removeImages(before: readonly string[]): void {
  const added = () => engineImages().filter((image) => !before.includes(image));
  for (let left = added(), round = 0; left.length > 0 && round < 4; left = added(), round++) {
    spawnSync("docker", ["image", "rm", "--force", ...left]);
  }
}
