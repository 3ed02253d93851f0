import { ISTIO_HUB } from "../../core/istio-operator";
import type { AppImage, OfficialLab, PodImage } from "../../core/lab-needs";
import type { LabVersions, OfficialVersions } from "../../core/versions";

/** An image that a lab uses. */
export interface LabImage {
  /** Unique among a lab's images: the name in the manifest if that has it. */
  readonly name: string;
  /** With registry and tag, e.g. `docker.io/istio/pilot:1.17.8`. */
  readonly reference: string;
  /** Index digest, `sha256:…`, if it is known; else the first pull tells it. */
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
} as const satisfies Readonly<Record<AppImage, string>>;

/** Istio's Bookinfo: services with their versions. */
const BOOKINFO = ["productpage-v1", "details-v1", "ratings-v1", "reviews-v1", "reviews-v2", "reviews-v3"] as const;

const vmBase = "docker.io/library/ubuntu:22.04";

type Named = Pick<LabImage, "name" | "reference">;

function podImages(image: PodImage, versions: OfficialVersions, lab: OfficialLab): readonly Named[] {
  switch (image) {
    case "metallb":
      return metallbImages(versions);
    case "bookinfo":
      return bookinfoImages(lab);
    case "addons":
      return addonImages(lab);
    default:
      return [typeof image === "string" ? { name: image, reference: appImages[image] } : image];
  }
}

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
export function labImages(versions: OfficialVersions, lab: OfficialLab): readonly LabImage[] {
  const { kubernetes, kindNodeDigest, istio } = lab;
  const ofIstio = ["pilot", "proxyv2"].map((name) => ({ name, reference: `${ISTIO_HUB}/${name}:${istio}` }));
  const others = lab.images.flatMap((image) => podImages(image, versions, lab));
  const pods = [...ofIstio, ...others].map((image) => ({ ...image, use: "pods" as const }));
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
