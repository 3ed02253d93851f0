import { ISTIO_HUB } from "../../core/istio-operator";
import type { LabVersions, OfficialVersions, VersionedLab } from "../../core/versions";

/** An image that a lab uses. */
export interface LabImage {
  /** Unique among a lab's images: the name in the manifest where that has it. */
  readonly name: string;
  /** With registry and tag, e.g. `docker.io/istio/pilot:1.17.8`. */
  readonly reference: string;
  /** Index digest, `sha256:…`, where it is known; else the first pull tells it. */
  readonly digest?: string;
  /** `node`: of clusters; `vm`: what the image of VMs is made from; `pods`: baked into the image of nodes. */
  readonly use: "node" | "vm" | "pods";
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

/** nginx without a tag, as the notes' plain pod has it. */
const nginxOfPod = "docker.io/library/nginx:latest";

/** Istio's Bookinfo: services with their versions. */
const BOOKINFO = ["productpage-v1", "details-v1", "ratings-v1", "reviews-v1", "reviews-v2", "reviews-v3"] as const;

const vmBase = "docker.io/library/ubuntu:22.04";

type Named = Pick<LabImage, "name" | "reference">;

const apps = (...names: readonly (keyof typeof appImages)[]): readonly Named[] =>
  names.map((name) => ({ name, reference: appImages[name] }));

/** What the pods of each lab run, beside Istio. */
const podImages: Readonly<Record<VersionedLab, (versions: OfficialVersions) => readonly Named[]>> = {
  vm: (versions) => [...metallbImages(versions), ...apps("webapp", "catalog"), ...addonImages(versions.labs.vm)],
  multicluster: (versions) => [...metallbImages(versions), ...apps("webapp", "catalog", "simple-backend", "netshoot")],
  "traffic-flow": (versions) => [
    ...apps("nginx"),
    { name: "nginx-pod", reference: nginxOfPod },
    ...bookinfoImages(versions.labs["traffic-flow"]),
    ...addonImages(versions.labs["traffic-flow"]),
  ],
};

/** As MetalLB's manifest of that version names them. */
function metallbImages({ metallb }: OfficialVersions): readonly Named[] {
  return ["controller", "speaker"].map((name) => ({
    name: `metallb-${name}`,
    reference: `quay.io/metallb/${name}:v${metallb}`,
  }));
}

/** As the manifest in Istio's samples names them. */
function bookinfoImages({ bookinfo }: LabVersions): readonly Named[] {
  return BOOKINFO.map((service) => ({
    name: `bookinfo-${service}`,
    reference: `${bookinfo.registry}/examples-bookinfo-${service}:${bookinfo.tag}`,
  }));
}

function addonImages({ addons }: LabVersions): readonly Named[] {
  return Object.entries(addons).map(([name, reference]) => ({ name, reference }));
}

/** Every image that a lab uses, each once: only these are pulled. */
export function labImages(versions: OfficialVersions, lab: VersionedLab): readonly LabImage[] {
  const { kubernetes, kindNodeDigest, istio } = versions.labs[lab];
  const ofIstio = ["pilot", "proxyv2"].map((name) => ({ name, reference: `${ISTIO_HUB}/${name}:${istio}` }));
  const pods = [...ofIstio, ...podImages[lab](versions)].map((image) => ({ ...image, use: "pods" as const }));
  const images: readonly LabImage[] = [
    { name: "kind-node", reference: `docker.io/kindest/node:v${kubernetes}`, digest: kindNodeDigest, use: "node" },
    { name: "vm", reference: vmBase, use: "vm" },
    ...pods,
  ];
  return images.map((image) => ({ ...pinnedImage(versions, image.reference), ...image }));
}

/** An image with its digest, if a version set knows that. */
export function pinnedImage(
  versions: OfficialVersions,
  reference: string,
): Pick<LabImage, "reference"> & { digest?: string } {
  const digest = versions.imageDigests?.[reference];
  return digest === undefined ? { reference } : { reference, digest };
}
