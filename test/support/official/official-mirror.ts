import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { labInSet } from "../../../infra/core/lab-needs";
import { labImages } from "../../../infra/toolchain/official/images";
import { LABS, toolchainLab } from "../../../lab/registry";
import { ImagePusher } from "./image-push";
import { ImageRegistry } from "./image-registry";
import { FORUM_COMMIT, mirrorSet, mirrorSets, type MirrorSet } from "./mirror-sets";
import { ReleaseServer } from "./release-server";
import { Releases } from "./releases";
import { StandIns } from "./stand-ins";
import { openWorkshop, type Workshop } from "./workshop";

const setNames = Object.keys(mirrorSets) as MirrorSet[];

/** The hosts of official releases and images on this machine: what the registry source has built, under their names. */
export class OfficialMirror {
  private constructor(
    private readonly folder: string,
    private readonly releases: ReleaseServer,
    private readonly images: ImageRegistry,
  ) {}

  /**
   * Packs everything and serves it.
   * @param folder a temporary folder of the test's own
   */
  public static async start(folder: string): Promise<OfficialMirror> {
    const workshop = await openWorkshop(join(folder, "workshop"));
    const [releases, images] = await Promise.all([
      ReleaseServer.start(),
      ImageRegistry.start(join(folder, "image-registry")),
    ]);
    const mirror = new OfficialMirror(folder, releases, images);
    await mirror.fill(workshop);
    return mirror;
  }

  /** What the command line gets in its environment to use it. */
  public get environment(): Readonly<Record<string, string>> {
    return {
      ISTIO_LAB_SOURCE: "official",
      ISTIO_LAB_MIRROR: this.releases.base,
      ISTIO_LAB_IMAGE_MIRROR: this.images.address,
      ISTIO_LAB_VERSION_SETS: this.versionSets,
      ISTIO_LAB_CACHE: join(this.folder, "cache"),
    };
  }

  /** Address of the registry of images, e.g. `127.0.0.1:41234`. */
  public get imageAddress(): string {
    return this.images.address;
  }

  /** Every request so far, to either server. */
  public async requests(): Promise<readonly string[]> {
    return [...this.releases.requests, ...(await this.images.requests())];
  }

  /** Ends both servers. */
  public async stop(): Promise<void> {
    await Promise.all([this.releases.stop(), this.images.stop()]);
  }

  private get versionSets(): string {
    return join(this.folder, "version-sets.json");
  }

  private async fill(workshop: Workshop): Promise<void> {
    const releases = new Releases(workshop, this.releases);
    await releases.serveTools();
    await releases.serveForum(FORUM_COMMIT);
    for (const version of Object.values(mirrorSets)) await releases.serveIstio(version);
    const digests = await this.pushImages(await StandIns.pack(workshop, Object.values(mirrorSets)));
    const facts = { metallbManifest: releases.metallbManifest, forum: releases.forumProgram, digests };
    const sets = Object.fromEntries(setNames.map((name) => [name, mirrorSet(name, facts)]));
    writeFileSync(this.versionSets, JSON.stringify(sets, undefined, 2));
  }

  /** @returns digests by public reference */
  private async pushImages(standIns: StandIns): Promise<Map<string, string>> {
    const pusher = new ImagePusher(this.images.address);
    const labs = await Promise.all(LABS.map(toolchainLab));
    const wanted = setNames.flatMap((name) => {
      const set = mirrorSet(name);
      return labs.flatMap(({ lab }) => labImages(set, labInSet(lab, name, set)));
    });
    const digests = new Map<string, string>();
    for (const reference of new Set(wanted.map((image) => image.reference))) {
      digests.set(reference, await pusher.push(reference, standIns.imageFor(reference)));
    }
    return digests;
  }
}
