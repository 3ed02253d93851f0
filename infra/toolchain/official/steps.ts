import { chmodSync, copyFileSync, existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { OfficialLab } from "../../core/lab-needs";
import { processorNamed, type Processor } from "../../core/processor";
import { PULUMI_AWS, type OfficialVersions } from "../../core/versions";
import type { Step } from "../step";
import { downloadNamed } from "./download";
import { imageSources } from "./image-mirror";
import { ensureImage } from "./image-pull";
import { imageSteps } from "./image-steps";
import { appImages, labImages, pinnedImage } from "./images";
import { linuxPlatform, type Platform } from "./platform";
import { releases, type ReleaseName } from "./releases";

/** What official steps are made for. */
export interface OfficialOptions {
  readonly versions: OfficialVersions;
  /** Decides which Istio and which images. */
  readonly lab: OfficialLab;
  /** The machine that the tools run on. */
  readonly platform: Platform;
  /** Processor of the engine's containers. Default: the machine's. */
  readonly engineProcessor?: Processor;
  /** The lab is to run on AWS, too. Default false. */
  readonly cloud?: boolean;
}

/** Processor of VMs and of pods. */
export function containerProcessor({ platform, engineProcessor }: OfficialOptions): Processor {
  return engineProcessor ?? processorNamed(platform.replace(/^.*-/, "")) ?? "amd64";
}

/** Processors of hosts that are no containers: instances of AWS, for all that the configuration lets one choose. */
export function cloudProcessors(options: OfficialOptions): readonly Processor[] {
  return options.cloud === true && containerProcessor(options) !== "amd64" ? ["amd64"] : [];
}

/** Every step of official mode. */
export function officialSteps(options: OfficialOptions): Step[] {
  const { versions, platform, lab } = options;
  const { name, istio, kubernetes } = lab;
  const processor = containerProcessor(options);
  const sourceOf = imageSources();
  return [
    releaseStep("pulumi", versions.pulumi, platform),
    releaseStep("kind", versions.kind, platform),
    releaseStep("kubectl", versions.kubectl, platform),
    releaseStep("istioctl", istio, platform),
    releaseStep("istio-samples", istio, platform),
    ...pulumiPlugins(options).map(({ release, version }) => releaseStep(release, version, platform)),
    releaseStep("metallb-manifest", versions.metallb, platform, versions.metallbManifestSha256),
    ...hostSteps(options, processor, ""),
    ...cloudProcessors(options).flatMap((other) => hostSteps(options, other, `-${other}`)),
    ...imageSteps({ images: labImages(versions, lab), processor, lab: name, kubernetes, sourceOf }),
  ];
}

/** The plugins that Pulumi needs, which does not look for any by itself: AWS' has 200 MB, and few labs need it. */
export function pulumiPlugins({ versions, cloud }: Pick<OfficialOptions, "versions" | "cloud">) {
  return [
    { release: "pulumi-command", version: versions.pulumiCommand },
    { release: "pulumi-kubernetes", version: versions.pulumiKubernetes },
    ...(cloud === true ? [{ release: "pulumi-aws", version: PULUMI_AWS } as const] : []),
  ] as const satisfies readonly { readonly release: ReleaseName; readonly version: string }[];
}

/** What hosts of a processor get. */
function hostSteps({ versions, lab }: OfficialOptions, processor: Processor, suffix: string): Step[] {
  const platform = linuxPlatform(processor);
  const steps = [releaseStep("istio-sidecar", lab.istio, platform), forumStep(versions, platform)];
  return steps.map((step) => ({ ...step, name: `${step.name}${suffix}` }));
}

/**
 * A step that downloads a release, unpacks it if it is an archive, and makes its programs executable.
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
        const { stripComponents, member } = release.unpack;
        const members = member === undefined ? [] : [member.replaceAll("{version}", version)];
        const strip = `--strip-components=${String(stripComponents)}`;
        await context.exec("tar", ["-xzf", file, "-C", context.out, strip, ...members]);
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
function forumStep(versions: OfficialVersions, platform: Platform): Step {
  if (releases.forum.platforms[platform] !== undefined) {
    return releaseStep("forum", versions.forum.commit, platform, versions.forum.gitBlob);
  }
  const image = pinnedImage(versions, appImages.forum);
  const processor = processorNamed(platform.replace(/^.*-/, "")) ?? "amd64";
  return {
    name: "forum",
    title: `the book's forum service out of ${image.reference}`,
    needs: [],
    inputs: [image.reference, image.digest ?? "", platform],
    weight: "fetch",
    run: async (context) => {
      const { exactly } = await ensureImage(context, image, processor, imageSources());
      const container = (await context.exec("docker", ["create", "--platform", `linux/${processor}`, exactly])).trim();
      const copied = join(context.work, "main");
      await context
        .exec("docker", ["cp", `${container}:/app/main`, copied])
        .finally(() => context.exec("docker", ["rm", container]));
      copyFileSync(copied, join(context.out, "forum"));
      chmodSync(join(context.out, "forum"), 0o755);
    },
  };
}
