import { chmod, copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { folderText } from "../files";
import { engineImage, imageIsThere, REFERENCE_FILE } from "../image";
import type { Step, StepContext } from "../step";
import { rootFolder, runScript } from "./debian-steps";
import { goStepName, moduleFolder } from "./go-build";
import { writeImageArchive, type ImageDefinition, type Layer } from "./image-archive";
import { layerFiles, podImages } from "./pod-images";
import { programFolder, scriptText } from "./sources";
import { istioModule, registryVersions as versions } from "./versions";

/** What the builders need to know of the machine. */
export interface RegistryOptions {
  /** The kernel withholds CAP_SYS_RESOURCE from containers: a shim has to stand in front of runc. */
  readonly restrictedKernel: boolean;
}

/** Steps whose results are trees that start at `/`: layers of images. */
const trees = ["prometheus", "nginx", "zipkin"] as const;

const archiveFile = "image.tar.zst";

/** An image whose first process is systemd, which ends at a signal of its own. */
function systemImage(entrypoint: readonly string[]): ImageDefinition {
  return { tags: [], layers: ["root"], entrypoint, stopSignal: "SIGRTMIN+3", env: ["container=docker"] };
}

const vmImage = systemImage(["/sbin/init"]);
/** A kind node, without its tags. */
export const nodeImage = systemImage(["/usr/local/bin/entrypoint", "/sbin/init"]);

/** Packs a root file system as an image; at the fastest level, since it is read back once per machine. */
async function packImage(context: StepContext, root: string, image: ImageDefinition): Promise<void> {
  const folder = join(context.work, "image");
  await rm(folder, { recursive: true, force: true });
  await writeImageArchive(context, folder, [{ name: "root", folder: root }], [image]);
  await context.exec("tar", ["-C", folder, "-I", "zstd -1 -T0", "-cf", join(context.out, archiveFile), "."]);
  await rm(folder, { recursive: true, force: true });
}

/** Copies the files of one layer to where they are in the image. */
async function fillLayer(context: StepContext, name: string, folder: string): Promise<Layer> {
  for (const [path, [step, file]] of Object.entries(layerFiles[name] ?? {})) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(context.result(step), file), target);
    await chmod(target, 0o755);
  }
  return { name, folder };
}

/** The user that Istio's programs run as, and the folders that they write to. */
async function istioUserLayer(context: StepContext, folder: string): Promise<Layer> {
  const base = rootFolder(context, "debian-base");
  await mkdir(join(folder, "etc"), { recursive: true });
  for (const [file, line] of [
    ["passwd", "istio-proxy:x:1337:1337::/home/istio-proxy:/bin/sh\n"],
    ["group", "istio-proxy:x:1337:\n"],
  ] as const) {
    await writeFile(join(folder, "etc", file), (await readFile(join(base, "etc", file), "utf8")) + line);
  }
  for (const writable of ["home/istio-proxy", "var/lib/istio/envoy", "etc/istio/proxy"]) {
    await mkdir(join(folder, writable), { recursive: true });
    await chmod(join(folder, writable), 0o777);
  }
  const istio = await moduleFolder(context, istioModule);
  const bootstrap = join(istio, "tools", "packaging", "common", "envoy_bootstrap.json");
  await copyFile(bootstrap, join(folder, "var/lib/istio/envoy/envoy_bootstrap_tmpl.json"));
  return { name: "istio-user", folder };
}

/**
 * The layers that pods' images are made of.
 * @param folder scratch folder for those that are no step's whole result
 */
export async function podLayers(context: StepContext, folder: string): Promise<Layer[]> {
  const layers: Layer[] = [
    { name: "debian", folder: rootFolder(context, "debian-base") },
    ...trees.map((name) => ({ name, folder: context.result(name) })),
    await istioUserLayer(context, join(folder, "istio-user")),
  ];
  for (const name of Object.keys(layerFiles)) {
    layers.push(await fillLayer(context, name, join(folder, name)));
  }
  return layers;
}

/** References of Kubernetes' own images, as kubeadm writes them into its manifests. */
export async function kubeadmImages(context: StepContext): Promise<string[]> {
  const version = ["--kubernetes-version", `v${versions.kubernetes}`];
  const kubeadm = join(context.result("kubernetes"), "kubeadm");
  const list = await context.exec(kubeadm, ["config", "images", "list", ...version]);
  return list.trim().split("\n");
}

async function writePodImages(context: StepContext, archive: string): Promise<void> {
  const scratch = join(context.work, "layers");
  await rm(scratch, { recursive: true, force: true });
  await rm(archive, { recursive: true, force: true });
  const images = podImages(await kubeadmImages(context));
  await writeImageArchive(context, archive, await podLayers(context, scratch), images);
  await rm(scratch, { recursive: true, force: true });
}

/**
 * Turns the packages of a kind node into a node that has no images yet.
 * @param root a copy of the step `node-packages`, which is changed
 */
export async function writeNodeRoot(context: StepContext, root: string, options: RegistryOptions): Promise<void> {
  const kind = await moduleFolder(context, { path: "sigs.k8s.io/kind", version: `v${versions.kind}` });
  await runScript(context, "node-root.sh", {
    LAB_ROOT: root,
    LAB_KIND_FILES: join(kind, "images", "base", "files"),
    LAB_KUBERNETES: context.result("kubernetes"),
    LAB_CRICTL: join(context.result("crictl"), "crictl"),
    LAB_VERSION: `v${versions.kubernetes}`,
    LAB_REGISTRY: join(programFolder("node-registry"), "node-registry.sh"),
    LAB_SHIM: options.restrictedKernel ? join(context.result("runc-shim"), "runc-shim") : "",
  });
}

function nodeImageStep(options: RegistryOptions): Step {
  const programs = Object.values(layerFiles).flatMap((files) => Object.values(files).map(([step]) => step));
  const shim = options.restrictedKernel ? ["runc-shim"] : [];
  return {
    name: "node-image",
    title: "kind node with every image in it",
    needs: [goStepName, "debian-base", "node-packages", "crictl", ...trees, ...shim, ...new Set(programs)],
    inputs: [
      scriptText("node-root.sh"),
      scriptText("node-containerd.sh"),
      scriptText("node-images.sh"),
      folderText(programFolder("node-registry")),
      JSON.stringify(layerFiles),
      JSON.stringify(podImageInputs()),
    ],
    weight: "build",
    run: async (context) => {
      const root = join(context.work, "root");
      const archive = join(context.work, "archive");
      await rm(root, { recursive: true, force: true });
      await context.exec("cp", ["-a", rootFolder(context, "node-packages"), root]);
      await writeNodeRoot(context, root, options);
      await writePodImages(context, archive);
      await runScript(context, "node-containerd.sh", { LAB_ROOT: root, LAB_ARCHIVE: archive });
      await runScript(context, "node-images.sh", { LAB_ROOT: root });
      await packImage(context, root, nodeImage);
      await rm(root, { recursive: true, force: true });
      await rm(archive, { recursive: true, force: true });
    },
  };
}

/** The images' definitions with stand-ins for kubeadm's references, which follow from Kubernetes' version. */
function podImageInputs(): unknown {
  return podImages([
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "/etcd",
    "/coredns",
    "/pause",
  ]);
}

function vmImageStep(): Step {
  return {
    name: "vm-image",
    title: "archive of the VM",
    needs: ["vm-root"],
    inputs: [JSON.stringify(vmImage)],
    weight: "fetch",
    run: async (context) => {
      await packImage(context, rootFolder(context, "vm-root"), vmImage);
    },
  };
}

/**
 * A step that gives an archive to the engine, again when the engine has lost it.
 * @param repository the image's name; its tag is the archive's key, so that images of other versions stay as they are
 */
function engineImageStep(name: string, archiveStep: string, repository: string): Step {
  return {
    name,
    title: `${repository} in the container engine`,
    needs: [archiveStep],
    inputs: [scriptText("engine-image.sh"), repository],
    weight: "fetch",
    run: async (context) => {
      const folder = context.result(archiveStep);
      const key = basename(folder).slice(archiveStep.length + 1);
      const reference = `${repository}-${key}`.replace(":-", ":");
      await runScript(context, "engine-image.sh", {
        LAB_ARCHIVE: join(folder, archiveFile),
        LAB_IMAGE: reference,
      });
      await writeFile(join(context.out, REFERENCE_FILE), reference);
    },
    isWhole: async (folder) => await imageIsThere(engineImage(folder)),
  };
}

/** The steps that make images: for the nodes of clusters and for VMs. */
export function imageSteps(options: RegistryOptions): Step[] {
  return [
    vmImageStep(),
    engineImageStep("vm-engine-image", "vm-image", "istio-lab/vm:"),
    nodeImageStep(options),
    engineImageStep("node-engine-image", "node-image", `istio-lab/node:v${versions.kubernetes}`),
  ];
}
