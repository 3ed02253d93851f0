import { ask } from "../../core/child";
import { cacheFolder } from "../../core/paths";
import { processorNamed, type Processor } from "../../core/processor";
import { imageIsThere } from "../image";
import type { StepContext } from "../step";
import { imageLockFile, lockImage, readImageLock } from "./image-lock";
import type { ImageSource } from "./image-mirror";
import { movedProblem, OTHER_PROCESSORS, pullProblem } from "./image-problem";
import { imageParts } from "./image-reference";
import type { LabImage } from "./images";

/** An image as the engine has it. */
export interface PulledImage {
  /** Of the index, `sha256:…`. */
  readonly digest: string;
  /** How the engine knows exactly this image, e.g. `harbor.example.com/hub/istio/pilot@sha256:…`. */
  readonly exactly: string;
  /** Another one than wanted if the image exists for no other. */
  readonly processor: Processor;
}

/** An image by its reference, and by its digest if that is known in advance. */
export type PublicImage = Pick<LabImage, "reference" | "digest">;

/** The digest that an image has to have: as the table says, else as it was when it was first pulled. */
export function wantedDigest({ reference, digest }: PublicImage): string | undefined {
  return digest ?? readImageLock(cacheFolder())[reference];
}

/**
 * Brings an image into the engine, from wherever it is to be pulled, unless it is there already. It gets its own name, too, if nothing has that.
 * @param sourceOf where images are pulled from
 * @throws StepProblem if it is not available, or if its tag means something else than when it was first pulled
 */
export async function ensureImage(
  context: StepContext,
  image: PublicImage,
  processor: Processor,
  sourceOf: (reference: string) => ImageSource,
): Promise<PulledImage> {
  const source = sourceOf(image.reference);
  const wanted = wantedDigest(image);
  const found = wanted === undefined ? undefined : await imageInEngine(image, source, wanted);
  if (found?.processor === processor) return found;
  const pulled = await pull(context, image, processor, source);
  if (wanted === undefined) {
    lockImage(cacheFolder(), image.reference, pulled.digest);
  } else if (pulled.digest !== wanted) {
    throw movedProblem(image.reference, { was: wanted, is: pulled.digest }, imageLockFile(cacheFolder()));
  }
  // A name that the user has given to something else stays theirs: what is done with the image is done by its digest.
  if (!(await imageIsThere(image.reference))) await context.exec("docker", ["tag", pulled.exactly, image.reference]);
  return pulled;
}

/** @returns undefined if the engine has it neither from its own registry nor from where it would be pulled now */
async function imageInEngine(
  { reference }: PublicImage,
  source: ImageSource,
  digest: string,
): Promise<PulledImage | undefined> {
  const { registry, path } = imageParts(reference);
  for (const repository of new Set([source.repository, `${registry}/${path}`])) {
    const exactly = `${repository}@${digest}`;
    const answer = await ask("docker", ["image", "inspect", "--format", "{{.Architecture}}", exactly]);
    const processor = answer.ok ? processorNamed(answer.stdout.trim()) : undefined;
    if (processor !== undefined) return { digest, exactly, processor };
  }
  return undefined;
}

/** An image that exists for amd64 only runs on arm64 by emulation, as far as the engine has that. */
async function pull(
  context: StepContext,
  image: PublicImage,
  processor: Processor,
  source: ImageSource,
): Promise<PulledImage> {
  const { repository, tag } = source;
  const asked = image.digest === undefined ? `${repository}:${tag}` : `${repository}@${image.digest}`;
  const onLine = layerCounter(source, (text) => context.note(text));
  let said: string;
  try {
    said = await context.exec("docker", ["pull", "--platform", `linux/${processor}`, asked], { onLine });
  } catch (error) {
    context.signal.throwIfAborted();
    const problem = pullProblem((error as Error).message, source);
    if (processor === "arm64" && problem?.message.includes(OTHER_PROCESSORS)) {
      context.note("there is none for arm64: the one for amd64, which the engine has to emulate");
      return await pull(context, image, "amd64", source);
    }
    throw problem ?? error;
  }
  const digest = /^Digest: (sha256:[0-9a-f]{64})$/m.exec(said)?.[1];
  if (digest === undefined) throw new Error(`docker pull ${asked}: it names no digest: ${said.trim()}`);
  return { digest, exactly: `${repository}@${digest}`, processor };
}

/** Says how many layers are there, from what docker prints if nobody watches. */
function layerCounter({ registry, isMirror }: ImageSource, note: (text: string) => void): (line: string) => void {
  const begun = new Set<string>();
  const done = new Set<string>();
  const from = isMirror ? ` from ${registry}` : "";
  return (line) => {
    const [, layer = "", state = ""] = /^\s*([0-9a-f]{12}): (.+)$/.exec(line) ?? [];
    if (layer === "") return;
    begun.add(layer);
    if (/^(Pull complete|Already exists)/.test(state)) done.add(layer);
    note(`${String(done.size)} of ${String(begun.size)} layers${from}`);
  };
}
