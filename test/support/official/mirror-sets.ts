import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { COMMON_VERSIONS, type OfficialVersions } from "../../../infra/core/versions";
import { registryVersions } from "../../../infra/toolchain/registry/versions";
import { LABS } from "../../../lab/registry";

/** The sets that only the tests have, and Istio's version in each: as long as the registry source's, whose programs get it. */
export const mirrorSets = { "mirror-a": "1.31.0-a", "mirror-b": "1.31.0-b" } as const;

/** Name of one of them. */
export type MirrorSet = keyof typeof mirrorSets;

/** What of the sets is known only when it has been packed. */
export interface PackedFacts {
  readonly metallbManifest: string;
  readonly forum: string;
  /** Digests of images by their public references. */
  readonly digests: ReadonlyMap<string, string>;
}

/** A commit of nobody's repository. */
export const FORUM_COMMIT = "0123456789012345678901234567890123456789";

/** Any digest, until the true one is known. */
const UNKNOWN = `sha256:${"0".repeat(64)}`;

/** Public name of the node image. */
export const kindNode = `docker.io/kindest/node:v${registryVersions.kubernetes}`;

/** An official version set of what the registry source has built. Without facts it names its images all the same. */
export function mirrorSet(name: MirrorSet, facts?: PackedFacts): OfficialVersions {
  const { kubernetes, metallb } = registryVersions;
  const { [kindNode]: kindNodeDigest = UNKNOWN, ...imageDigests } = Object.fromEntries(facts?.digests ?? []);
  const lab = {
    kubernetes,
    kindNodeDigest,
    istio: mirrorSets[name],
    addons: { prometheus: "docker.io/prom/prometheus:v3.10.0", tracing: "docker.io/openzipkin/zipkin:3.4.4" },
    bookinfo: { registry: "registry.istio.io/release", tag: "1.20.3" },
  };
  return {
    ...COMMON_VERSIONS,
    source: "official",
    metallb,
    metallbManifestSha256: facts === undefined ? "" : hash("sha256", readFileSync(facts.metallbManifest)),
    forum: { commit: FORUM_COMMIT, gitBlob: facts === undefined ? "" : gitBlob(readFileSync(facts.forum)) },
    kubectl: kubernetes,
    k3s: `${kubernetes}+k3s1`,
    helm: "3.17.3",
    labs: Object.fromEntries(LABS.map((each) => [each, lab])),
    addonPrograms: { tracing: "zipkin", discovery: "dns" },
    upstreamEnvoy: true,
    imageDigests,
  };
}

function hash(algorithm: string, content: Buffer): string {
  return createHash(algorithm).update(content).digest("hex");
}

function gitBlob(content: Buffer): string {
  return hash("sha1", Buffer.concat([Buffer.from(`blob ${content.length}\0`), content]));
}
