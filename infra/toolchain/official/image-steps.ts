import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { childEnvironment } from "../../core/child-environment";
import type { Processor } from "../../core/processor";
import { engineImage, imageIsThere, REFERENCE_FILE } from "../image";
import { StepProblem, type Step, type StepContext } from "../step";
import type { ImageSource } from "./image-mirror";
import { engineDiskProblem } from "./image-problem";
import { ensureImage, wantedDigest, type PulledImage } from "./image-pull";
import { referenceSlug } from "./image-reference";
import type { LabImage } from "./images";

/** What steps of images are made for. */
export interface ImageOptions {
  /** Every image of the lab. */
  readonly images: readonly LabImage[];
  /** Processor of the engine's containers. */
  readonly processor: Processor;
  readonly lab: string;
  /** Kubernetes' version: the tag of node images begins with it. */
  readonly kubernetes: string;
  /** Where images are pulled from. */
  readonly sourceOf: (reference: string) => ImageSource;
}

/** Names of the steps that make the engine's images, by their names in the manifest. */
export const engineImageSteps = { "kind-node": "node-image", vm: "vm-image" } as const;

const folderOf = (name: string): string => join(__dirname, name);
const textOf = (...path: readonly string[]): string => readFileSync(folderOf(join(...path)), "utf8");

const DIGESTS = "digests.json";

/** Digests of the public images that went into the image of a step, by reference. */
export function digestsIn(resultFolder: string): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(join(resultFolder, DIGESTS), "utf8")) as Record<string, string>;
}

/** The steps that pull a lab's images, and make its images of nodes and of VMs. */
export function imageSteps(options: ImageOptions): Step[] {
  return [...options.images.map((image) => pullStep(image, options)), vmImageStep(options), nodeImageStep(options)];
}

function pullStepName({ reference }: LabImage): string {
  return `image-${referenceSlug(reference)}`;
}

/**
 * Its result is the digest. Whether the engine still has the image does not matter: all that is made of it has it, and what has to be recreated
 * looks for it again.
 */
function pullStep(image: LabImage, { processor, sourceOf }: ImageOptions): Step {
  return {
    name: pullStepName(image),
    title: `image ${image.reference}`,
    needs: [],
    inputs: [image.reference, image.digest ?? "", processor],
    weight: "fetch",
    run: async (context) => {
      const { digest } = await ensureImage(context, image, processor, sourceOf);
      writeFileSync(join(context.out, DIGESTS), JSON.stringify({ [image.reference]: digest }));
    },
    isWhole: (folder) => Promise.resolve(areLocked(folder, [image])),
  };
}

/** Whether what a step was made of is what the tags are still to mean. */
function areLocked(folder: string, images: readonly LabImage[]): boolean {
  const digests = digestsIn(folder);
  return images.every((image) => digests[image.reference] === wantedDigest(image));
}

/** A step that makes an image of the engine out of others. */
interface EngineImage {
  readonly name: string;
  readonly title: string;
  readonly images: readonly LabImage[];
  readonly inputs: readonly string[];
  /** What the reference begins with, e.g. `istio-lab/vm:ubuntu-22.04`: a key of the content follows, so that others stand beside it. */
  readonly reference: string;
  /** Makes it under the name that it is given. */
  make(context: StepContext, reference: string, pulled: ReadonlyMap<LabImage, PulledImage>): Promise<void>;
}

function engineImageStep(image: EngineImage, { processor, sourceOf }: ImageOptions): Step {
  const { name, title, images } = image;
  const inputs = [...image.inputs, image.reference, processor];
  return {
    name,
    title,
    needs: images.map(pullStepName),
    inputs,
    weight: "build",
    run: async (context) => {
      const pulled = new Map<LabImage, PulledImage>();
      for (const one of images) pulled.set(one, await ensureImage(context, one, processor, sourceOf));
      const digests = Object.fromEntries([...pulled].map(([{ reference }, { digest }]) => [reference, digest]));
      const key = createHash("sha256")
        .update(JSON.stringify([inputs, digests]))
        .digest("hex")
        .slice(0, 12);
      const reference = `${image.reference}-${key}`;
      if (!(await imageIsThere(reference))) {
        await image.make(context, reference, pulled).catch((error: unknown) => {
          context.signal.throwIfAborted();
          // Of what docker says, a full disk is all that is known here: nothing is fetched from registries.
          throw engineDiskProblem((error as Error).message) ?? error;
        });
      }
      writeFileSync(join(context.out, DIGESTS), JSON.stringify(digests));
      writeFileSync(join(context.out, REFERENCE_FILE), reference);
    },
    isWhole: async (folder) => areLocked(folder, images) && (await imageIsThere(engineImage(folder))),
  };
}

function vmImageStep(options: ImageOptions): Step {
  const { images, processor } = options;
  const bases = images.filter(({ use }) => use === "vm");
  const make: EngineImage["make"] = async (context, reference, pulled) => {
    for (const { exactly } of pulled.values()) {
      const words = ["--network", "host", "--platform", `linux/${processor}`, "--build-arg", `BASE=${exactly}`];
      // Without their values, which docker takes from its environment: they may hold a password.
      const proxies = Object.keys(childEnvironment(process.env, { use: "download" }))
        .filter((name) => /^(https?|no|all)_proxy$/i.test(name))
        .flatMap((name) => ["--build-arg", name]);
      await context.exec("docker", ["build", "--tag", reference, ...words, ...proxies, folderOf("vm")]);
    }
    if (!(await imageIsThere(reference))) {
      throw new StepProblem(
        "docker build has made the image, but not in the engine: another builder than the engine's own is in use",
        "use the engine's own: docker buildx use default (docker buildx ls shows all)",
      );
    }
  };
  const title = "image of the VM, from ubuntu:22.04";
  const inputs = [textOf("vm", "Dockerfile")];
  return engineImageStep(
    { name: engineImageSteps.vm, title, images: bases, inputs, reference: "istio-lab/vm:ubuntu-22.04", make },
    options,
  );
}

function nodeImageStep(options: ImageOptions): Step {
  const { images, lab, kubernetes } = options;
  const baked = images.filter(({ use }) => use !== "vm");
  const make: EngineImage["make"] = async (context, reference, pulled) => {
    const node = [...pulled].find(([{ use }]) => use === "node");
    const pods = [...pulled].filter(([{ use }]) => use === "pods");
    if (node === undefined) throw new Error(`${lab}: the table of images names none for nodes`);
    await bake(context, reference, node[1], pods);
  };
  const title = `image of ${lab}'s nodes, with the images of its pods`;
  const inputs = [textOf("scripts", "node-bake.sh"), textOf("scripts", "image-into-node.sh")];
  const reference = `istio-lab/node:v${kubernetes}-${lab}`;
  return engineImageStep(
    { name: engineImageSteps["kind-node"], title, images: baked, inputs, reference, make },
    options,
  );
}

/** A container of the node's image gets the images of pods, and becomes the image. */
async function bake(
  context: StepContext,
  reference: string,
  node: PulledImage,
  pods: readonly (readonly [LabImage, PulledImage])[],
): Promise<void> {
  // The same for each attempt, so that what a killed one left goes; another one for each cache folder.
  const container = `istio-lab-bake-${createHash("sha256").update(context.work).digest("hex").slice(0, 12)}`;
  const docker = async (...words: readonly string[]) => await context.exec("docker", words);
  const inside = async (phase: string) =>
    await context.exec("docker", ["exec", "--interactive", container, "bash", "-s", phase], {
      input: textOf("scripts", "node-bake.sh"),
    });
  const remove = async () => await docker("rm", "--force", "--volumes", container).catch(() => undefined);
  const config = JSON.parse(await docker("image", "inspect", "--format", "{{json .Config}}", node.exactly)) as {
    readonly Entrypoint?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
  };
  await remove();
  try {
    context.note("the node's own images");
    const place = ["--network", "none", "--mount", "type=volume,dst=/bake"];
    const run = ["run", "--detach", "--pull", "never", "--name", container, "--privileged", ...place];
    await docker(...run, "--entrypoint", "sleep", node.exactly, "infinity");
    await inside("own");
    for (const [index, [{ reference: name }, image]] of pods.entries()) {
      context.note(`${String(index + 1)} of ${String(pods.length)}: ${name}`);
      await copyImage(context, container, name, image);
    }
    context.note("all of them become one image");
    await inside("finish");
    // As the image of the node has them; sleep was ours.
    const changes = [
      `ENTRYPOINT ${JSON.stringify(config.Entrypoint ?? [])}`,
      `CMD ${JSON.stringify(config.Cmd ?? [])}`,
    ];
    await docker("commit", "--pause=false", ...changes.flatMap((change) => ["--change", change]), container, reference);
  } finally {
    await remove();
  }
}

async function copyImage(context: StepContext, container: string, name: string, image: PulledImage): Promise<void> {
  await context.exec("bash", [folderOf("scripts/image-into-node.sh")], {
    env: {
      LAB_NODE: container,
      LAB_IMAGE: image.exactly,
      LAB_PLATFORM: `linux/${image.processor}`,
      LAB_REFERENCE: name,
      LAB_ID: referenceSlug(name),
    },
  });
}
