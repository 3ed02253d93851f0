import { chmodSync, copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OfficialVersions, VersionedLab } from "../../core/versions";
import { imageIsThere } from "../image";
import type { Step, StepContext } from "../step";
import { downloadNamed } from "./download";
import { containerPlatform, type Platform } from "./platform";
import { releases, type ReleaseName } from "./releases";

/** What official steps are made for. */
export interface OfficialOptions {
  readonly versions: OfficialVersions;
  /** Decides which Istio and which node image. */
  readonly lab: VersionedLab;
  /** The machine that the tools run on. */
  readonly platform: Platform;
}

/** Tools of the official source: name of the step, and of the program in its result. */
export const officialTools = ["pulumi", "kind", "kubectl", "istioctl"] as const;

const vmFolder = join(__dirname, "vm");

/** The engine's name of the VM image. */
export const vmImage = "istio-lab/vm:ubuntu-22.04";

/** Public reference of a cluster's node image, with the digest of kind's release notes. */
export function kindNodeImage(versions: OfficialVersions, lab: VersionedLab): string {
  const { kubernetes, kindNodeDigest } = versions.labs[lab];
  return `docker.io/kindest/node:v${kubernetes}@${kindNodeDigest}`;
}

/** Every step of official mode. */
export function officialSteps(options: OfficialOptions): Step[] {
  const { versions, platform } = options;
  const { istio } = versions.labs[options.lab];
  const containers = containerPlatform(platform);
  return [
    releaseStep("pulumi", versions.pulumi, platform),
    releaseStep("kind", versions.kind, platform),
    releaseStep("kubectl", versions.kubectl, platform),
    releaseStep("istioctl", istio, platform),
    releaseStep("metallb-manifest", versions.metallb, platform, versions.metallbManifestSha256),
    releaseStep("istio-sidecar", istio, containers),
    forumStep(versions, containers),
    pullStep("kind-node-image", kindNodeImage(versions, options.lab)),
    vmImageStep(),
  ];
}

/**
 * A step that downloads a release, unpacks it where it is an archive, and makes its programs executable.
 * @param pin the digest that the version set pins. Default: the release says where its digest is
 */
export function releaseStep(name: ReleaseName, version: string, platform: Platform, pin?: string): Step {
  const release = releases[name];
  return {
    name,
    title: `${release.title} ${version}`,
    needs: [],
    inputs: [JSON.stringify(release), version, platform, ...(pin === undefined ? [] : [pin])],
    weight: "fetch",
    run: async (context) => {
      const file = await downloadNamed(name, {
        version,
        ...(pin === undefined ? {} : { pin }),
        platform,
        folder: context.work,
        signal: context.signal,
        onProgress: (text) => context.note(text),
      });
      if (release.unpack) {
        const strip = `--strip-components=${String(release.unpack.stripComponents)}`;
        await context.exec("tar", ["-xzf", file, "-C", context.out, strip]);
        rmSync(file);
      } else {
        renameSync(file, join(context.out, plainName(name)));
      }
      for (const program of release.programs) {
        const path = join(context.out, program);
        if (!existsSync(path))
          throw new Error(`${file}: the release has no program "${program}" where it is looked for`);
        chmodSync(path, 0o755);
      }
    },
  };
}

/** The name under which a file that is no archive lies in its step's result. */
function plainName(name: ReleaseName): string {
  switch (name) {
    case "metallb-manifest":
      return "metallb-native.yaml";
    case "istio-sidecar":
      return "istio-sidecar.deb";
    default:
      return name;
  }
}

/** The book's repository has the forum program for one processor only; its image has it for both. */
function forumStep({ forum }: OfficialVersions, platform: Platform): Step {
  if (releases.forum.platforms[platform] !== undefined)
    return releaseStep("forum", forum.commit, platform, forum.gitBlob);
  const image = appImages.forum;
  return {
    name: "forum",
    title: `the book's forum service out of ${image}`,
    needs: [],
    inputs: [image, platform],
    weight: "fetch",
    run: async (context) => {
      const container = (await context.exec("docker", ["create", "--platform", "linux/arm64", image])).trim();
      const copied = join(context.work, "main");
      await context
        .exec("docker", ["cp", `${container}:/app/main`, copied])
        .finally(() => context.exec("docker", ["rm", container]));
      copyFileSync(copied, join(context.out, "forum"));
      chmodSync(join(context.out, "forum"), 0o755);
    },
  };
}

function pullStep(name: string, image: string): Step {
  return {
    name,
    title: `image ${image.replace(/@.*/, "")}`,
    needs: [],
    inputs: [image],
    weight: "fetch",
    run: async (context) => {
      await context.exec("docker", ["pull", "--quiet", image]);
      writeFileSync(join(context.out, "reference"), `${image}\n`);
    },
    isWhole: () => imageIsThere(image),
  };
}

function vmImageStep(): Step {
  return {
    name: "vm-image",
    title: "image of the VM, from ubuntu:22.04",
    needs: [],
    inputs: [readFileSync(join(vmFolder, "Dockerfile"), "utf8")],
    weight: "fetch",
    run: async (context: StepContext) => {
      await context.exec("docker", ["build", "--tag", vmImage, vmFolder]);
      writeFileSync(join(context.out, "reference"), `${vmImage}\n`);
    },
    isWhole: () => imageIsThere(vmImage),
  };
}

/** The public images of the book's services, of a client in the mesh and of nginx, as manifests name them. */
export const appImages = {
  webapp: "docker.io/istioinaction/webapp:latest",
  catalog: "docker.io/istioinaction/catalog:latest",
  forum: "docker.io/istioinaction/forum:latest",
  "simple-backend": "docker.io/nicholasjackson/fake-service:v0.17.0",
  netshoot: "docker.io/nicolaka/netshoot:v0.13",
  nginx: "docker.io/library/nginx:alpine",
} as const;
