import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Processor } from "../../infra/core/processor";
import { imageLockFile, readImageLock } from "../../infra/toolchain/official/image-lock";
import { imageSources } from "../../infra/toolchain/official/image-mirror";
import { engineImage } from "../../infra/toolchain/image";
import { digestsIn, imageSteps } from "../../infra/toolchain/official/image-steps";
import type { LabImage } from "../../infra/toolchain/official/images";
import { findFinished, runSteps } from "../../infra/toolchain/runner";
import { FakeDocker, firstDigest } from "../support/fake-docker";
import { testFolder } from "../support/test-folder";

const digestOf = (digit: string) => `sha256:${digit.repeat(64)}`;
const pinned = digestOf("9");
const node: LabImage = { name: "kind-node", reference: "docker.io/kindest/node:v1.28.15", digest: pinned, use: "node" };
const base: LabImage = { name: "vm", reference: "docker.io/library/ubuntu:22.04", use: "vm" };
const webapp: LabImage = { name: "webapp", reference: "docker.io/istioinaction/webapp:latest", use: "pods" };
const pilot: LabImage = { name: "pilot", reference: "docker.io/istio/pilot:1.17.8", use: "pods" };

let home: string;
let docker: FakeDocker;
let shown: string;
const cache = () => join(home, "cache");

beforeEach(() => {
  home = testFolder();
  mkdirSync(join(home, "bin"));
  docker = new FakeDocker(join(home, "bin"));
  shown = "";
  vi.stubEnv("PATH", `${join(home, "bin")}:${process.env["PATH"] ?? ""}`);
  vi.stubEnv("ISTIO_LAB_CACHE", cache());
  vi.stubEnv("ISTIO_LAB_IMAGE_MIRROR", "");
});

function stepsFor(images: readonly LabImage[] = [node, base, webapp, pilot], processor: Processor = "amd64") {
  return imageSteps({ images, processor, lab: "vm", kubernetes: "1.28.15", sourceOf: imageSources() });
}

async function setUp(images?: readonly LabImage[], processor?: Processor) {
  const steps = stepsFor(images, processor);
  const result = await runSteps({ cache: cache(), steps, output: { write: (text) => (shown += text) } });
  return { node: engineImage(result.folder("node-image")), vm: engineImage(result.folder("vm-image")), result };
}

/** What a set-up that fails says. */
async function failure(images?: readonly LabImage[]): Promise<readonly string[]> {
  const error = await setUp(images).then(
    () => new Error("nothing failed"),
    (reason: unknown) => reason as Error,
  );
  return error.message.split("\n");
}

const pulls = () => docker.calls("pull").map((call) => call.split(" ").at(-1));

describe("the images of a lab", () => {
  it("are pulled once each, those that are pinned by their digest, and what the others were is written down", async () => {
    await setUp();
    expect(pulls().sort()).toEqual([
      "docker.io/istio/pilot:1.17.8",
      "docker.io/istioinaction/webapp:latest",
      `docker.io/kindest/node@${pinned}`,
      "docker.io/library/ubuntu:22.04",
    ]);
    expect(JSON.parse(readFileSync(imageLockFile(cache()), "utf8"))).toEqual({
      [pilot.reference]: firstDigest,
      [webapp.reference]: firstDigest,
      [base.reference]: firstDigest,
    });
    expect(docker.calls("pull").every((call) => call.startsWith("pull --platform linux/amd64 "))).toBe(true);
    expect(shown).toContain(`image ${pilot.reference}`);
  });

  it("are neither looked for nor pulled again while the images that are made of them are there", async () => {
    await setUp();
    // As after `docker image prune --all`.
    docker.lose("istioinaction");
    docker.lose("kindest");
    docker.forget();
    expect(await findFinished(cache(), stepsFor())).toBeDefined();
    await setUp();
    expect([docker.calls("pull"), docker.calls("commit"), docker.calls("build")]).toEqual([[], [], []]);
  });

  it("are pulled again, as they were, when the image of nodes has got lost and they have, too", async () => {
    const before = await setUp();
    docker.lose("istio-lab/node");
    docker.lose("istioinaction");
    docker.forget();
    const after = await setUp();
    expect(after.node).toBe(before.node);
    expect(pulls()).toEqual(["docker.io/istioinaction/webapp:latest"]);
    expect(docker.images()).toContain(after.node);
  });

  it("are shared by labs: another lab pulls only what the first one has not", async () => {
    const first = await setUp([node, base, pilot]);
    docker.forget();
    const second = await setUp([node, base, pilot, webapp]);
    expect(pulls()).toEqual([webapp.reference]);
    // Both run side by side.
    expect(second.node).not.toBe(first.node);
    expect(docker.images()).toEqual(expect.arrayContaining([first.node, second.node]));
  });

  it("keep names that the user has given to something else", async () => {
    docker.write("images", `${pilot.reference}\n`);
    await setUp([node, base, { ...pilot, digest: pinned }]);
    expect(docker.calls("tag").filter((call) => call.endsWith(pilot.reference))).toEqual([]);
    expect(docker.calls("create")[0]).toContain(`docker.io/istio/pilot@${pinned}`);
  });
});

describe("the image of nodes", () => {
  it("is the node with the images of pods, under a name with the key of its content", async () => {
    const made = await setUp();
    expect(made.node).toMatch(/^istio-lab\/node:v1\.28\.15-vm-[0-9a-f]{12}$/);
    const [run = ""] = docker.calls("run");
    expect(run).toMatch(/^run --detach --pull never --name istio-lab-bake-[0-9a-f]{12} --privileged --network none /);
    expect(run).toMatch(new RegExp(` --entrypoint sleep docker\\.io/kindest/node@${pinned} infinity$`));
    expect(docker.calls("create").map((call) => call.split(" ").at(-2))).toEqual([
      `docker.io/istioinaction/webapp@${firstDigest}`,
      `docker.io/istio/pilot@${firstDigest}`,
    ]);
    // As kind's own image starts: sleep was ours.
    expect(docker.calls("commit")[0]).toContain(
      '--change ENTRYPOINT ["/usr/local/bin/entrypoint","/sbin/init"] --change CMD [] istio-lab-bake-',
    );
    expect(docker.calls("rm").at(-1)).toMatch(/^rm --force --volumes istio-lab-bake-/);
    expect(digestsIn(made.result.folder("node-image"))).toEqual({
      [node.reference]: pinned,
      [webapp.reference]: firstDigest,
      [pilot.reference]: firstDigest,
    });
  });

  it("is another one as soon as one of its images is", async () => {
    const first = await setUp();
    const second = await setUp([node, base, webapp, { ...pilot, digest: pinned }]);
    expect(second.node).not.toBe(first.node);
    expect(second.vm).toBe(first.vm);
  });

  it("leaves no container behind when it cannot be made, says why in three lines, and is made by the next set-up", async () => {
    docker.refuseExec("tar: usr/bin/envoy: Wrote only 2048 of 10240 bytes: No space left on device");
    const lines = await failure();
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain(
      "image of vm's nodes, with the images of its pods: the disk on which the engine keeps images is full",
    );
    expect(lines[1]).toContain("make room: docker system df");
    expect(docker.calls("rm").at(-1)).toMatch(/^rm --force --volumes istio-lab-bake-/);
    docker.heal();
    docker.forget();
    await setUp();
    expect(docker.calls("pull")).toEqual([]);
  });
});

describe("the image of VMs", () => {
  it("is made from exactly the image that was pulled, with the proxies but without their passwords in sight", async () => {
    vi.stubEnv("https_proxy", "http://me:secret@proxy:3128");
    const { vm } = await setUp();
    expect(vm).toMatch(/^istio-lab\/vm:ubuntu-22\.04-[0-9a-f]{12}$/);
    const [build = ""] = docker.calls("build");
    expect(build).toContain(`--build-arg BASE=docker.io/library/ubuntu@${firstDigest}`);
    expect(build).toContain("--build-arg https_proxy --build-arg");
    expect(build).not.toContain("secret");
    expect(build).toContain("--platform linux/amd64");
  });

  it("is missed, with the remedy, if another builder keeps it to itself", async () => {
    docker.write("lost-build", "");
    const lines = await failure();
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain("docker buildx use default");
  });
});

describe("a tag that has moved", () => {
  beforeEach(async () => {
    await setUp();
    docker.lose("istioinaction");
    docker.lose("istio-lab/node");
    docker.move(webapp.reference, digestOf("2"));
  });

  it("is an error of three lines with both digests and the remedy", async () => {
    expect(await failure()).toEqual([
      `image of vm's nodes, with the images of its pods: the tag has moved: docker.io/istioinaction/webapp:latest was ${firstDigest} when it was first pulled, and is ${digestOf("2")} now`,
      `  to take what it is now, remove its line from ${imageLockFile(cache())}; to keep what it was, set ISTIO_LAB_IMAGE_MIRROR to a mirror that has that`,
      "  finished steps are kept; when the cause is repaired, continue with: npm run lab -- setup",
    ]);
    expect(readImageLock(cache())[webapp.reference]).toBe(firstDigest);
  });

  it("is taken when its line has been removed", async () => {
    const lock = Object.entries(readImageLock(cache())).filter(([reference]) => reference !== webapp.reference);
    writeFileSync(imageLockFile(cache()), JSON.stringify(Object.fromEntries(lock)));
    const { result } = await setUp();
    expect(digestsIn(result.folder("node-image"))[webapp.reference]).toBe(digestOf("2"));
    expect(readImageLock(cache())[webapp.reference]).toBe(digestOf("2"));
  });

  it("does not matter once it means the same again", async () => {
    await failure();
    docker.move(webapp.reference, firstDigest);
    await setUp();
    expect(docker.images().some((name) => name.startsWith("istio-lab/node"))).toBe(true);
  });
});

describe("removing a line of the lock file", () => {
  it("has the image pulled again and the node recreated, although nothing was lost", async () => {
    const before = await setUp();
    docker.move(webapp.reference, digestOf("2"));
    rmSync(imageLockFile(cache()));
    docker.forget();
    expect(await findFinished(cache(), stepsFor())).toBeUndefined();
    const after = await setUp();
    expect(after.node).not.toBe(before.node);
    expect(pulls()).toContain(webapp.reference);
  });
});

describe("the lock file", () => {
  it.each(["{", "[]", '{"docker.io/a/b:1": "latest"}', "null"])(
    "that says %s is an error with the remedy",
    async (text) => {
      mkdirSync(cache(), { recursive: true });
      writeFileSync(imageLockFile(cache()), text);
      const lines = await failure();
      expect(lines).toHaveLength(3);
      expect(lines[0]).toContain(`${imageLockFile(cache())}: damaged`);
      expect(lines[1]).toContain("or remove it");
      expect(docker.calls("pull")).toEqual([]);
    },
  );
});

describe("a mirror of images", () => {
  beforeEach(() => {
    vi.stubEnv("ISTIO_LAB_IMAGE_MIRROR", "docker.io=127.0.0.1:5000/hub");
  });

  it("is pulled from in place of the registry, and the images get their own names", async () => {
    await setUp();
    expect(pulls().sort()).toEqual([
      "127.0.0.1:5000/hub/istio/pilot:1.17.8",
      "127.0.0.1:5000/hub/istioinaction/webapp:latest",
      `127.0.0.1:5000/hub/kindest/node@${pinned}`,
      "127.0.0.1:5000/hub/library/ubuntu:22.04",
    ]);
    expect(docker.images()).toEqual(expect.arrayContaining([pilot.reference, webapp.reference, node.reference]));
    expect(docker.calls("build")[0]).toContain(`BASE=127.0.0.1:5000/hub/library/ubuntu@${firstDigest}`);
  });

  it("has to have what the registry had: the lock file holds for both", async () => {
    vi.stubEnv("ISTIO_LAB_IMAGE_MIRROR", "");
    await setUp();
    docker.lose("istio");
    vi.stubEnv("ISTIO_LAB_IMAGE_MIRROR", "docker.io=127.0.0.1:5000/hub");
    docker.move("127.0.0.1:5000/hub/istio/pilot:1.17.8", digestOf("3"));
    const [line = ""] = await failure();
    expect(line).toContain(`was ${firstDigest} when it was first pulled, and is ${digestOf("3")} now`);
  });

  it("is not asked for what the engine has from the registry itself", async () => {
    vi.stubEnv("ISTIO_LAB_IMAGE_MIRROR", "");
    await setUp();
    docker.lose("istio-lab/node");
    vi.stubEnv("ISTIO_LAB_IMAGE_MIRROR", "docker.io=127.0.0.1:5000/hub");
    docker.forget();
    await setUp();
    expect(docker.calls("pull")).toEqual([]);
  });

  it("is asked with the credentials that docker login has stored", async () => {
    vi.stubEnv("DOCKER_CONFIG", join(home, "login"));
    await setUp();
    expect(docker.lines("environment")).toEqual(Array.from({ length: 4 }, () => `config=${join(home, "login")}`));
  });
});

describe("an image that cannot be pulled", () => {
  it.each([
    ["HTTP 429", "toomanyrequests: You have reached your unauthenticated pull rate limit.", "docker login"],
    ["a missing tag", "manifest for istio/pilot:1.17.8 not found: manifest unknown: manifest unknown", "version set"],
    ["a truncated layer", "filesystem layer verification failed for digest sha256:5b8c", "try again"],
    ["a full disk", "failed to register layer: write /x: no space left on device", "docker system df"],
    ["a name that is not resolved", "dial tcp: lookup registry-1.docker.io: no such host", "ISTIO_LAB_SOURCE=registry"],
    ["no permission", "denied: requested access to the resource is denied", "docker login"],
  ])("for %s is an error of three lines, and the next set-up completes", async (_, words, remedy) => {
    docker.refuse("istio/pilot", `Error response from daemon: ${words}`);
    const lines = await failure();
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^image docker\.io\/istio\/pilot:1\.17\.8: /);
    expect(lines[0]).toContain(words.split(":")[0] ?? "");
    expect(lines[1]).toContain(remedy);
    docker.heal();
    expect((await setUp()).node).toContain("istio-lab/node:");
  });

  it("for a reason that nobody knows is reported with docker's own words and the log", async () => {
    docker.refuse("istio/pilot", "a word never heard");
    const text = (await failure()).join("\n");
    expect(text).toContain("a word never heard");
    expect(text).toContain(join(cache(), "logs"));
  });
});

describe("an engine for arm64", () => {
  it("gets images for arm64, and for amd64 those that there are for that alone", async () => {
    docker = new FakeDocker(join(home, "bin"), "arm64");
    docker.write("amd64-only", "");
    const steps = stepsFor([node, base, webapp], "arm64");
    await runSteps({ cache: cache(), steps, output: { write: (text) => (shown += text) } });
    expect(
      docker
        .calls("pull")
        .map((call) => call.split(" ")[2])
        .slice(0, 2),
    ).toContain("linux/arm64");
    expect(docker.calls("create")[0]).toContain("--platform linux/amd64");
    expect(existsSync(imageLockFile(cache()))).toBe(true);
  });

  it("takes no image for amd64 that is there already", async () => {
    await setUp([node, base, webapp]);
    docker.forget();
    await setUp([node, base, webapp], "arm64");
    expect(docker.calls("pull").every((call) => call.includes("linux/arm64"))).toBe(true);
    expect(pulls()).toContain(`docker.io/kindest/node@${pinned}`);
  });
});
