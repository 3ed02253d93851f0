import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { machineProcessor } from "../../infra/core/processor";
import { imageSteps } from "../../infra/toolchain/official/image-steps";
import { imageSources } from "../../infra/toolchain/official/image-mirror";
import { hostPlatform } from "../../infra/toolchain/official/platform";
import { releaseStep } from "../../infra/toolchain/official/steps";
import { runSteps } from "../../infra/toolchain/runner";
import type { Step } from "../../infra/toolchain/step";
import { canMount, SmallDisk } from "../support/full-disk";
import { engineImages, removeImages } from "../support/official/engine-images";
import { ImagePusher } from "../support/official/image-push";
import { ImageRegistry } from "../support/official/image-registry";
import { digestOf, packLayer } from "../support/official/layer";
import { ReleaseServer } from "../support/official/release-server";
import { TroubledRegistry, type Trouble } from "../support/official/troubled-registry";

/** Nobody has such an image. */
const image = { name: "tiny", reference: "docker.io/istio-lab-test/tiny:1", use: "pods" } as const;
const folder = mkdtempSync(join(tmpdir(), "istio-lab-images-"));

let imagesBefore: readonly string[];
let images: ImageRegistry;
let registry: TroubledRegistry;
let cache: string;

/** Pushes another content under the image's tag. */
async function publish(): Promise<string> {
  const content = mkdtempSync(join(folder, "content-"));
  writeFileSync(join(content, "file"), randomBytes(1 << 16));
  const layers = new Map([["layer", await packLayer("layer", content, mkdtempSync(join(folder, "layer-")))]]);
  const definition = { layers: ["layer"], entrypoint: ["/file"] };
  return new ImagePusher(images.address).push(image.reference, { definition, layers });
}

/** What a set-up has to pull. */
function pullSteps(): readonly Step[] {
  const sourceOf = imageSources({ ISTIO_LAB_IMAGE_MIRROR: registry.address });
  const options = { images: [image], processor: machineProcessor(), lab: "vm", kubernetes: "1.34.4", sourceOf };
  return imageSteps(options).filter(({ name }) => name.startsWith("image-"));
}

/** What a set-up says at its end; nothing if it has made everything. */
async function saidBySetup(steps: readonly Step[]): Promise<readonly string[]> {
  const output = { write: () => true, isTTY: false };
  const ended = runSteps({ cache, steps, output }).then(
    () => "",
    (error: unknown) => (error as Error).message,
  );
  return (await ended).split("\n").filter(Boolean);
}

beforeAll(async () => {
  imagesBefore = engineImages();
  images = await ImageRegistry.start(join(folder, "registry"));
  registry = await TroubledRegistry.start(images.address);
});

beforeEach(async () => {
  cache = mkdtempSync(join(folder, "cache-"));
  vi.stubEnv("ISTIO_LAB_CACHE", cache);
  removeImages(imagesBefore);
  await publish();
});

afterEach(() => {
  registry.trouble = undefined;
  vi.unstubAllEnvs();
});

afterAll(async () => {
  removeImages(imagesBefore);
  await registry.stop();
  await images.stop();
  rmSync(folder, { recursive: true, force: true });
});

const limit = JSON.stringify({
  errors: [{ code: "TOOMANYREQUESTS", message: "You have reached your pull rate limit." }],
});
const unknown = JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN", message: "manifest unknown" }] });

const troubles: readonly (readonly [string, Trouble, readonly RegExp[]])[] = [
  [
    "has had too many requests",
    { path: /\/manifests\//, status: 429, body: limit },
    [
      /^image docker\.io\/istio-lab-test\/tiny:1: the mirror \S+ allows no more pulls for now \(HTTP 429\)/,
      /docker login/,
    ],
  ],
  [
    "does not have the tag",
    { path: /\/manifests\//, status: 404, body: unknown },
    [/^image \S+: the mirror \S+ has no such image/, /copy it there, as \S+\/docker\.io\/istio-lab-test\/tiny:1/],
  ],
  [
    "has a layer of which a part is missing",
    { path: /\/blobs\//, keptBytes: 1000 },
    [/^image \S+: a part of it came from the mirror \S+ broken off or damaged/, /copy it there again/],
  ],
];

describe("a set-up whose registry", () => {
  it.each(troubles)("%s says so in three lines, and completes when that is over", async (_, trouble, wanted) => {
    registry.trouble = trouble;
    const said = await saidBySetup(pullSteps());
    expect(
      said.map((line, index) => wanted[index]?.test(line) ?? true),
      said.join("\n"),
    ).toEqual([true, true, true]);
    registry.trouble = undefined;
    expect(await saidBySetup(pullSteps())).toEqual([]);
  });

  it("has something else under the tag than before says what both are, and completes when it has been told to take that", async () => {
    expect(await saidBySetup(pullSteps())).toEqual([]);
    const lockFile = join(cache, "images.lock.json");
    const { [image.reference]: was } = JSON.parse(readFileSync(lockFile, "utf8")) as Record<string, string>;
    const is = await publish();
    removeImages(imagesBefore);
    rmSync(join(cache, "store"), { recursive: true });
    const said = await saidBySetup(pullSteps());
    expect(said.length, said.join("\n")).toBe(3);
    expect(said[0]).toContain(`${image.reference} was ${was ?? ""} when it was first pulled, and is ${is} now`);
    expect(said[1]).toContain(`remove its line from ${lockFile}`);
    rmSync(lockFile);
    expect(await saidBySetup(pullSteps())).toEqual([]);
    expect(JSON.parse(readFileSync(lockFile, "utf8"))).toEqual({ [image.reference]: is });
  });
});

describe("a set-up whose disk is full", () => {
  it.runIf(canMount)("says so in three lines, and completes when there is room", async () => {
    const server = await ReleaseServer.start();
    const program = randomBytes(250 << 10).toString("hex");
    const address = `dl.k8s.io/release/v1.2.3/bin/${hostPlatform().replace("-x64", "/amd64").replace("-", "/")}/kubectl`;
    server.serve(address, program);
    server.serve(`${address}.sha256`, digestOf(program).replace("sha256:", ""));
    vi.stubEnv("ISTIO_LAB_MIRROR", server.base);
    const steps = [releaseStep("kubectl", "1.2.3", hostPlatform())];
    new SmallDisk(cache);
    const filler = join(cache, "filler");
    writeFileSync(filler, Buffer.alloc(700 << 10));
    const said = await saidBySetup(steps);
    expect([said.length, said[0]], said.join("\n")).toEqual([3, expect.stringContaining("disk is full")]);
    rmSync(filler);
    expect(await saidBySetup(steps)).toEqual([]);
    await server.stop();
  });
});
