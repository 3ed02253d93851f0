import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { manifestFile } from "../../infra/core/toolchain-key";
import type { ToolchainManifest } from "../../infra/core/toolchain-manifest";
import type { DoctorRow } from "../../infra/toolchain/doctor-row";
import { CommandLine } from "../support/command-line";
import { fakeToolchains } from "../support/fake-toolchains";

const TOO_NEW = "client version 1.60 is too new. Maximum supported API version is 1.41";

/** Runs `doctor` on a toolchain that is made, with a docker that does as the bash text says. */
async function examined(docker: string, more: Partial<ToolchainManifest> = {}): Promise<readonly DoctorRow[]> {
  const cli = new CommandLine({ docker });
  const cache = join(cli.folder, "cache");
  const toolchain = {
    schema: 1,
    source: "registry",
    versionSet: "registry",
    lab: "vm",
    binFolder: cli.programs,
    versions: {},
    images: { "kind-node": "node:1", vm: "vm:1" },
    files: { metallbManifest: cache, istioSidecarPackage: cache, forumBinary: cache, istioSamples: cache },
    upstreamEnvoy: true,
    restrictedKernel: false,
    unavailable: [],
    ...more,
  };
  const key = { source: "registry", versionSet: "registry", lab: "vm" } as const;
  const [folder = ""] = fakeToolchains(cache, cli.programs, [key]);
  writeFileSync(manifestFile(folder), JSON.stringify(toolchain));
  const path = `${cli.programs}:${process.env["PATH"] ?? ""}`;
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
    const row = ["missing", "fail", "npm run lab -- setup --lab vm"];
    expect(images(rows)).toEqual([
      ["kind-node", ...row],
      ["vm", ...row],
    ]);
  });

  it("shows what was pulled, with the digest that counts from then on", async () => {
    const digest = `sha256:${"1".repeat(64)}`;
    const rows = await examined("exit 1", { digests: { "docker.io/istio/pilot:1.17.8": digest } });
    expect(images(rows)).toContainEqual(["docker.io/istio/pilot:1.17.8", digest, "ok", ""]);
  });
});
