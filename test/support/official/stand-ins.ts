import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ISTIO_HUB } from "../../../infra/core/istio-operator";
import type { ImageDefinition } from "../../../infra/toolchain/registry/image-archive";
import { runScript } from "../../../infra/toolchain/registry/debian-steps";
import { kubeadmImages, nodeImage, podLayers, writeNodeRoot } from "../../../infra/toolchain/registry/image-steps";
import { netshootImage, podImages, prometheusImage, zipkinImage } from "../../../infra/toolchain/registry/pod-images";
import { registryVersions } from "../../../infra/toolchain/registry/versions";
import { writeImageFolder, type PackedImage } from "./image";
import { packLayer, type PackedLayer } from "./layer";
import { run } from "./programs";
import { stampProgram } from "./stamp";
import { contextIn, type Workshop } from "./workshop";

/** Public images whose repository is another than that of what exists in for them. */
const aliases: Readonly<Record<string, string>> = {
  "docker.io/nicolaka/netshoot": repositoryOf(netshootImage),
  "docker.io/prom/prometheus": repositoryOf(prometheusImage),
  "docker.io/openzipkin/zipkin": repositoryOf(zipkinImage),
  "docker.io/nicholasjackson/fake-service": "docker.io/istioinaction/simple-backend",
};

const nodeRepository = "docker.io/kindest/node";
const ubuntuRepository = "docker.io/library/ubuntu";

/** The accounts of a Debian, in files of one line each. */
const accountFiles = ["passwd", "group", "shadow", "gshadow", "subuid", "subgid"];

/** What the registry source has built, as images that stand in for public ones. */
export class StandIns {
  private constructor(
    private readonly layers: ReadonlyMap<string, PackedLayer>,
    private readonly definitions: ReadonlyMap<string, ImageDefinition>,
  ) {}

  /**
   * Packs all of them.
   * @param istioTags Istio's versions, as long as the registry source's; each gets programs that know it
   */
  public static async pack(workshop: Workshop, istioTags: readonly string[]): Promise<StandIns> {
    const context = contextIn(workshop, join(workshop.folder, "images"));
    const scratch = join(context.work, "layers");
    const folders = new Map((await podLayers(context, scratch)).map(({ name, folder }) => [name, folder]));
    for (const [layer, program] of Object.entries(istioPrograms)) {
      for (const tag of istioTags) {
        const [from, to] = [folders.get(layer)!, join(scratch, layerOf(layer, tag))];
        stampProgram(join(from, program), join(to, program), registryVersions.istio, tag);
        folders.set(layerOf(layer, tag), to);
      }
      folders.delete(layer);
    }
    folders.set("vm", join(workshop.result("vm-root"), "root"));
    folders.set("vm-without-user", vmWithoutUser(workshop, join(scratch, "vm-without-user")));
    const layers = await packAll(folders, context.work);
    const kubernetes = await kubeadmImages(context);
    const definitions = podImages(kubernetes);
    const own = definitions.filter(({ tags }) => tags.some((tag) => kubernetes.includes(tag)));
    layers.set("node", await packNode(workshop, layers, own));
    return new StandIns(layers, byRepository(definitions));
  }

  /**
   * What stands in for a public image.
   * @param reference e.g. `docker.io/istio/pilot:1.31.0-a`
   * @throws Error if the registry source has built nothing of the kind
   */
  public imageFor(reference: string): PackedImage {
    const repository = repositoryOf(reference);
    const { layers } = this;
    if (repository === nodeRepository) return { definition: { ...nodeImage, layers: ["node"] }, layers };
    if (repository === ubuntuRepository) {
      return { definition: { layers: ["vm", "vm-without-user"], entrypoint: [] }, layers };
    }
    const definition = this.definitions.get(aliases[repository] ?? repository);
    if (definition === undefined)
      throw new Error(`${reference}: the registry source has nothing that stands in for it`);
    if (!repository.startsWith(`${ISTIO_HUB}/p`)) return { definition, layers };
    const tag = reference.slice(repository.length + 1);
    const stamped = definition.layers.map((name) => (layers.has(layerOf(name, tag)) ? layerOf(name, tag) : name));
    return { definition: { ...definition, layers: stamped }, layers };
  }
}

/** The layers with a program that knows Istio's version, and where it lies. */
const istioPrograms = { pilot: "usr/local/bin/pilot-discovery", "pilot-agent": "usr/local/bin/pilot-agent" } as const;

const layerOf = (layer: string, tag: string): string => `${layer}-${tag}`;

function repositoryOf(reference: string): string {
  return reference.replace(/@.*$/, "").replace(/:[^:/]+$/, "");
}

function byRepository(definitions: readonly ImageDefinition[]): ReadonlyMap<string, ImageDefinition> {
  return new Map(definitions.flatMap((each) => each.tags.map((tag) => [repositoryOf(tag), each] as const)));
}

/** Two at a time: each takes one processor. */
async function packAll(folders: ReadonlyMap<string, string>, folder: string): Promise<Map<string, PackedLayer>> {
  const layers = new Map<string, PackedLayer>();
  const waiting = [...folders];
  const pack = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      layers.set(next[0], await packLayer(next[0], next[1], folder));
    }
  };
  await Promise.all([pack(), pack()]);
  return layers;
}

/** A node with Kubernetes' own images and no others, as kind's own node image has them. */
async function packNode(
  workshop: Workshop,
  layers: ReadonlyMap<string, PackedLayer>,
  images: readonly ImageDefinition[],
): Promise<PackedLayer> {
  const context = contextIn(workshop, join(workshop.folder, "node"));
  const [root, folder] = [join(context.work, "root"), join(context.work, "images")];
  await run("cp", ["-a", join(workshop.result("node-packages"), "root"), root]);
  await writeNodeRoot(context, root, workshop);
  const named = images.flatMap((definition) => definition.tags.map((tag) => [tag, { definition, layers }] as const));
  writeImageFolder(folder, new Map(named));
  // As kind's own build does it: imported, and not unpacked.
  const options = "--label=io.cri-containerd.pinned=pinned --all-platforms --no-unpack";
  await runScript(context, "node-containerd.sh", { LAB_ROOT: root, LAB_ARCHIVE: folder, LAB_OPTIONS: options });
  const layer = await packLayer("node", root, context.work);
  rmSync(root, { recursive: true });
  return layer;
}

/** Ubuntu has every package of the VM here, so that its Dockerfile finds nothing to install: what it makes itself is taken away. */
function vmWithoutUser(workshop: Workshop, folder: string): string {
  const root = join(workshop.result("vm-root"), "root");
  mkdirSync(join(folder, "etc"), { recursive: true });
  for (const name of accountFiles.filter((file) => readdirSync(join(root, "etc")).includes(file))) {
    const [from, to] = [join(root, "etc", name), join(folder, "etc", name)];
    const kept = readFileSync(from, "utf8")
      .split("\n")
      .filter((line) => !line.startsWith("ubuntu:"));
    cpSync(from, to);
    writeFileSync(to, kept.map((line) => line.replace(/\bubuntu\b,?/, "")).join("\n"), { mode: statSync(from).mode });
  }
  // With no source of packages apt asks nobody.
  mkdirSync(join(folder, "etc", "apt"), { recursive: true });
  writeFileSync(join(folder, "etc", "apt", "sources.list"), "");
  return folder;
}
