import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { locationsOf } from "../../../infra/toolchain/official/locations";
import { hostPlatform } from "../../../infra/toolchain/official/platform";
import { releases, type ReleaseName } from "../../../infra/toolchain/official/releases";
import { moduleFolder } from "../../../infra/toolchain/registry/go-build";
import { scriptFile } from "../../../infra/toolchain/registry/sources";
import { istioModule, registryVersions } from "../../../infra/toolchain/registry/versions";
import { digestOfFile } from "./layer";
import { run } from "./programs";
import type { ReleaseServer } from "./release-server";
import { stampProgram } from "./stamp";
import { contextIn, type Workshop } from "./workshop";

/** Packs what the registry source has built as official releases, and serves each where its row of the table looks for it. */
export class Releases {
  private readonly lists = new Map<string, string>();

  public constructor(
    private readonly workshop: Workshop,
    private readonly server: ReleaseServer,
  ) {}

  /** Serves what does not depend on Istio's version. */
  public async serveTools(): Promise<void> {
    const { pulumi, pulumiCommand, pulumiKubernetes, kind, kubernetes, metallb } = registryVersions;
    const { result } = this.workshop;
    await Promise.all([
      this.serve("pulumi", pulumi, await this.packPulumi()),
      this.serve("pulumi-command", pulumiCommand, await this.packPlugin("pulumi-resource-command")),
      this.serve("pulumi-kubernetes", pulumiKubernetes, await this.packPlugin("pulumi-resource-kubernetes")),
      this.serve("kind", kind, join(result("kind"), "kind")),
      this.serve("kubectl", kubernetes, join(result("kubernetes"), "kubectl")),
      this.serve("metallb-manifest", metallb, this.metallbManifest),
    ]);
  }

  /** Serves Istio's tools of a version, which is as long as the registry source's. */
  public async serveIstio(version: string): Promise<void> {
    const folder = join(this.workshop.folder, `istio-${version}`);
    for (const program of ["istioctl", "pilot-agent"]) {
      const built = join(this.workshop.result("istio"), program);
      stampProgram(built, join(folder, program), registryVersions.istio, version);
    }
    await Promise.all([
      this.serve("istioctl", version, await pack(folder, ["istioctl"], join(folder, "istioctl.tar.gz"))),
      this.serve("istio-samples", version, await this.packSamples(folder, version)),
      this.serve("istio-sidecar", version, await this.packSidecar(folder, version)),
    ]);
  }

  /** Serves the book's forum service at a commit. */
  public async serveForum(commit: string): Promise<void> {
    await this.serve("forum", commit, this.forumProgram);
  }

  /** What serves as the forum service. */
  public get forumProgram(): string {
    return join(this.workshop.result("sample-apps"), "sample-apps");
  }

  public get metallbManifest(): string {
    return join(this.workshop.result("metallb-manifest"), "metallb-native.yaml");
  }

  /** A file at its release's first address, with the digest if the release publishes it. */
  private async serve(name: ReleaseName, version: string, file: string): Promise<void> {
    const release = releases[name];
    const locations = locationsOf(release, version, hostPlatform());
    const address = addressOf(locations.urls[0]!);
    const line = `${await digestOfFile(file)}  ${locations.file}\n`;
    this.server.serve(address, { file });
    if (release.digest.from === "beside") this.server.serve(address + release.digest.suffix, line);
    if (release.digest.from === "list") {
      const list = addressOf(locations.digestUrls[0]!);
      this.lists.set(list, (this.lists.get(list) ?? "") + line);
      this.server.serve(list, this.lists.get(list)!);
    }
  }

  private async packPulumi(): Promise<string> {
    const folder = join(this.workshop.folder, "pulumi");
    for (const [step, program] of pulumiPrograms) {
      mkdirSync(join(folder, "pulumi"), { recursive: true });
      copyFileSync(join(this.workshop.result(step), program), join(folder, "pulumi", program));
    }
    return await pack(folder, ["pulumi"], join(folder, "pulumi.tar.gz"));
  }

  private async packPlugin(name: string): Promise<string> {
    return await pack(this.workshop.result(name), [name], join(this.workshop.folder, `${name}.tar.gz`));
  }

  private async packSamples(folder: string, version: string): Promise<string> {
    const place = `--transform=s,^,istio-${version}/samples/,`;
    const folders = ["addons", "bookinfo"];
    return await pack(this.workshop.result("istio-samples"), [place, ...folders], join(folder, "istio.tar.gz"));
  }

  private async packSidecar(folder: string, version: string): Promise<string> {
    const context = contextIn(this.workshop, folder);
    const istio = await moduleFolder(context, istioModule);
    const file = join(folder, "istio-sidecar.deb");
    const env = {
      LAB_OUT: file,
      LAB_WORK: join(folder, "tree"),
      LAB_FILES: join(istio, "tools", "packaging", "common"),
      LAB_AGENT: join(folder, "pilot-agent"),
      LAB_ENVOY: join(this.workshop.result("envoy"), "envoy"),
      LAB_VERSION: version,
    };
    await run("bash", [scriptFile("istio-sidecar.sh")], { env });
    return file;
  }
}

/** The programs of Pulumi's archive that labs need: step and file. */
const pulumiPrograms = [
  ["pulumi", "pulumi"],
  ["pulumi-language-nodejs", "pulumi-language-nodejs"],
] as const;

const addressOf = (url: string): string => decodeURIComponent(url.replace(/^https:\/\//, ""));

async function pack(folder: string, words: readonly string[], file: string): Promise<string> {
  await run("tar", ["-C", folder, "-I", "gzip -1", "-cf", file, ...words]);
  return file;
}
