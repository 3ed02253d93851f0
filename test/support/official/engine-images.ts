import { execFileSync } from "node:child_process";

/** Names of the engine's images; one without a name counts by its id. */
export function engineImages(): readonly string[] {
  const lines = docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}").split("\n").filter(Boolean);
  return lines.map((line) => line.split(" ")).map(([name = "", id = ""]) => (name.includes("<none>") ? id : name));
}

/** Removes the images whose names have come since. */
export function removeImages(before: readonly string[]): void {
  const added = engineImages().filter((image) => !before.includes(image));
  if (added.length > 0) docker("image", "rm", "--force", ...added);
}

function docker(...words: readonly string[]): string {
  return execFileSync("docker", words, { encoding: "utf8" });
}
