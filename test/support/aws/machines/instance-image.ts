import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { configuredToolchain, toolchainFolder } from "../../../../infra/core/toolchain-key";
import { readToolchainManifest } from "../../../../infra/core/toolchain-manifest";
import { docker, tryDocker } from "./docker";

/** The folder of what goes into the image, here and in the image. */
const INGREDIENTS = join(__dirname, "image");
export const FOLDER_IN_IMAGE = "/opt/instance";

const REPOSITORY = "istio-lab/test-instance";
const BUILD_TIMEOUT = 15 * 60_000;

let building: Promise<string> | undefined;

/**
 * Makes sure of the image of an instance, "the Ubuntu AMI": a kind node with cloud-init and sshd.
 * It is built once a machine, in about 20 s, with the packages of the machine's own apt mirror.
 * @returns its Docker reference, with a digest of all ingredients as its tag
 * @throws Error if the toolchain is not set up, or the build fails
 */
export async function ensureInstanceImage(): Promise<string> {
  building ??= build().catch((error: unknown) => {
    building = undefined;
    throw error;
  });
  return building;
}

async function build(): Promise<string> {
  const base = readToolchainManifest(toolchainFolder(configuredToolchain({ lab: "vm" })))?.images["kind-node"];
  if (base === undefined) {
    throw new Error("the toolchain is not set up; run: npm run lab -- setup");
  }
  const reference = `${REPOSITORY}:${digestOfIngredients(base)}`;
  if ((await tryDocker(["image", "inspect", reference])).exitCode === 0) {
    return reference;
  }
  const program = ["--entrypoint", "bash", base, join(FOLDER_IN_IMAGE, "build.sh")];
  const container = await docker(["create", "--network", "host", ...program]);
  try {
    await docker(["cp", `${INGREDIENTS}/.`, `${container}:${FOLDER_IN_IMAGE}`]);
    const { exitCode, stdout, stderr } = await tryDocker(["start", "--attach", container], BUILD_TIMEOUT);
    if (exitCode !== 0) {
      throw new Error(`${reference}: build.sh: exit code ${exitCode}\n${(stdout + stderr).slice(-4000)}`);
    }
    const entrypoint = JSON.stringify([join(FOLDER_IN_IMAGE, "instance-entrypoint.sh"), "/sbin/init"]);
    await docker(["commit", "--change", `ENTRYPOINT ${entrypoint}`, container, reference], BUILD_TIMEOUT);
  } finally {
    await docker(["rm", "--force", "--volumes", container]);
  }
  await removeOthers(reference);
  return reference;
}

/** Images of other ingredients only take up room; one that an instance runs on stays. */
async function removeOthers(reference: string): Promise<void> {
  const images = await docker(["image", "ls", "--format", "{{.Repository}}:{{.Tag}}", REPOSITORY]);
  for (const image of images.split("\n").filter((each) => each !== "" && each !== reference)) {
    await tryDocker(["image", "rm", image]);
  }
}

function digestOfIngredients(base: string): string {
  const hash = createHash("sha256").update(base);
  for (const name of (readdirSync(INGREDIENTS, { recursive: true }) as string[]).sort()) {
    const file = join(INGREDIENTS, name);
    if (statSync(file).isFile()) {
      hash.update(`\0${name}\0`).update(readFileSync(file));
    }
  }
  return hash.digest("hex").slice(0, 12);
}
