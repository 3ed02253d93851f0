import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { DoctorRow } from "../../infra/toolchain/doctor-row";
import { CommandLine } from "../support/command-line";

const TOO_NEW = "client version 1.60 is too new. Maximum supported API version is 1.41";

/** Runs `doctor` on a toolchain that is made, with a docker that does as the bash text says. */
async function examined(docker: string): Promise<readonly DoctorRow[]> {
  const cli = new CommandLine({ docker });
  const cache = join(cli.folder, "cache");
  const toolchain = {
    schema: 1,
    source: "registry",
    versionSet: "registry",
    binFolder: join(cache, "bin"),
    versions: {},
    images: { "kind-node": "node:1", vm: "vm:1" },
    files: { metallbManifest: cache, istioSidecarPackage: cache, forumBinary: cache, istioSamples: cache },
    upstreamEnvoy: true,
    restrictedKernel: false,
    unavailable: [],
  };
  writeFileSync(join(cache, "toolchain.json"), JSON.stringify(toolchain));
  const path = `${join(cache, "bin")}:${process.env["PATH"] ?? ""}`;
  const variables = { ISTIO_LAB_SOURCE: "registry", DOCKER_API_VERSION: "1.60", PATH: path };
  const { stdout, stderr } = await cli.run(["doctor", "--json"], variables);
  expect(stderr).toBe("");
  return (JSON.parse(stdout) as { rows: readonly DoctorRow[] }).rows;
}

const images = (rows: readonly DoctorRow[]) =>
  rows.filter(({ kind }) => kind === "image").map(({ name, found, level, fix = "" }) => [name, found, level, fix]);

describe("doctor", () => {
  it("does not say of images that they are missing if nobody can ask for them", async () => {
    const rows = await examined(`echo '${TOO_NEW}' >&2; exit 1`);
    const row = ["not known: the engine does not answer", "warn", "unset DOCKER_API_VERSION"];
    expect(images(rows)).toEqual([
      ["kind-node", ...row],
      ["vm", ...row],
    ]);
    expect(rows.find(({ name }) => name === "engine")).toMatchObject({
      found: TOO_NEW,
      level: "fail",
      fix: "unset DOCKER_API_VERSION",
    });
  });

  it("says of images that they are missing if the engine says so", async () => {
    const rows = await examined(`case "$1" in info) echo '{"ServerVersion":"27.0"}' ;; *) exit 1 ;; esac`);
    const row = ["missing", "fail", "npm run lab -- setup"];
    expect(images(rows)).toEqual([
      ["kind-node", ...row],
      ["vm", ...row],
    ]);
  });
});
