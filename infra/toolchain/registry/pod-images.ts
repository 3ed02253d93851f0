import { ISTIO_HUB } from "../../core/istio-operator";
import type { ImageDefinition } from "./image-archive";
import { registryVersions as versions } from "./versions";

/** Layers that pods' images are made of, and the files that each holds: path in the image -> step and file of its result. */
export type LayerFiles = Readonly<Record<string, readonly [step: string, file: string]>>;

const local = (step: string, name: string): LayerFiles => ({ [`usr/local/bin/${name}`]: [step, name] });

/** Every layer but Debian, Prometheus, nginx and Zipkin, which are whole trees. */
export const layerFiles: Readonly<Record<string, LayerFiles>> = {
  "kube-apiserver": local("kubernetes", "kube-apiserver"),
  "kube-controller-manager": local("kubernetes", "kube-controller-manager"),
  "kube-scheduler": local("kubernetes", "kube-scheduler"),
  "kube-proxy": local("kubernetes", "kube-proxy"),
  etcd: local("etcd", "etcd"),
  coredns: { coredns: ["coredns", "coredns"] },
  pause: { pause: ["pause", "pause"] },
  controller: { controller: ["metallb", "controller"] },
  speaker: { speaker: ["metallb", "speaker"] },
  pilot: local("istio", "pilot-discovery"),
  envoy: local("envoy", "envoy"),
  "pilot-agent": local("istio", "pilot-agent"),
  "sample-apps": { "usr/local/bin/sample-apps": ["sample-apps", "sample-apps"] },
};

/** The sample services that are one program of ours, under the name that tells it its role. */
export const sampleApps = ["webapp", "catalog", "forum", "simple-backend"] as const;

/** The tag of images that are ours alone. */
export const labTag = "lab";

/** Reference of a sample service's image, as a manifest names it. */
export function sampleImage(app: (typeof sampleApps)[number]): string {
  return `docker.io/istioinaction/${app}:${labTag}`;
}

/** Reference of Prometheus' image. */
export const prometheusImage = `docker.io/istio-lab/prometheus:${labTag}`;

/** Reference of Zipkin's image. */
export const zipkinImage = `docker.io/istio-lab/zipkin:${labTag}`;

/** Reference of a client's image, with curl: all that the labs need of netshoot's tools. */
export const netshootImage = `docker.io/istio-lab/netshoot:${labTag}`;

/** References of nginx' image: the public names, so that the manifests of the study notes work as they are. */
export const nginxImages = ["docker.io/library/nginx:alpine", "docker.io/library/nginx:latest"] as const;

/** Istio's Bookinfo: services with their versions, which our sample apps take for their roles. */
const bookinfoServices = [
  "productpage-v1",
  "details-v1",
  "ratings-v1",
  "reviews-v1",
  "reviews-v2",
  "reviews-v3",
] as const;

/** Reference of an image of Bookinfo, as Istio's own manifest names it. */
function bookinfoImage(service: string): string {
  return `registry.istio.io/release/examples-bookinfo-${service}:1.20.3`;
}

/** References of all of Bookinfo's images, so that Istio's own manifest works as it is. */
export const bookinfoImages = bookinfoServices.map(bookinfoImage);

const kubernetesPrograms = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;

/**
 * The images that a node brings along, so that no cluster pulls or loads anything.
 * @param kubeadmImages what `kubeadm config images list` prints: the references that it puts into its manifests
 * @throws Error if kubeadm names none for etcd, CoreDNS or the sandbox
 */
export function podImages(kubeadmImages: readonly string[]): ImageDefinition[] {
  const named = (part: string): string => {
    const found = kubeadmImages.find((image) => image.includes(part));
    if (found === undefined) {
      throw new Error(`kubeadm config images list: ${kubeadmImages.join(", ")} given, one with ${part} wanted`);
    }
    return found;
  };
  const static_ = (tags: readonly string[], layer: string, program: string): ImageDefinition => ({
    tags,
    layers: [layer],
    entrypoint: [program],
  });
  return [
    ...kubernetesPrograms.map((program) => static_([named(program)], program, `/usr/local/bin/${program}`)),
    { tags: [named("kube-proxy")], layers: ["debian", "kube-proxy"], entrypoint: ["/usr/local/bin/kube-proxy"] },
    static_([named("/etcd")], "etcd", "/usr/local/bin/etcd"),
    static_([named("/coredns")], "coredns", "/coredns"),
    static_([...new Set([named("/pause"), "registry.k8s.io/pause:3.10"])], "pause", "/pause"),
    ...["controller", "speaker"].map((program) => ({
      tags: [`quay.io/metallb/${program}:v${versions.metallb}`],
      layers: ["debian", program],
      entrypoint: [`/${program}`],
    })),
    {
      tags: [`${ISTIO_HUB}/pilot:${versions.istio}`],
      layers: ["debian", "istio-user", "pilot"],
      entrypoint: ["/usr/local/bin/pilot-discovery"],
      user: "1337:1337",
    },
    {
      tags: [`${ISTIO_HUB}/proxyv2:${versions.istio}`],
      layers: ["debian", "istio-user", "envoy", "pilot-agent"],
      entrypoint: ["/usr/local/bin/pilot-agent"],
    },
    ...sampleApps.map((app) => ({
      // The original name too, so that the manifests of the study notes work as they are.
      tags: [sampleImage(app), `docker.io/istioinaction/${app}:latest`],
      layers: ["debian", "sample-apps"],
      entrypoint: ["/usr/local/bin/sample-apps", app],
    })),
    ...bookinfoServices.map((service) => ({
      tags: [bookinfoImage(service)],
      layers: ["debian", "sample-apps"],
      entrypoint: ["/usr/local/bin/sample-apps", service],
    })),
    { tags: [netshootImage], layers: ["debian"], entrypoint: ["/bin/sleep", "infinity"] },
    {
      tags: [prometheusImage],
      layers: ["debian", "prometheus"],
      entrypoint: ["/usr/bin/prometheus"],
      user: "65534:65534",
    },
    {
      tags: [zipkinImage],
      layers: ["debian", "zipkin"],
      entrypoint: ["/opt/java/bin/java", "@/opt/zipkin/arguments"],
      user: "65534:65534",
      // As many as its heap holds, 3 KB each: the oldest make room.
      env: ["MEM_MAX_SPANS=15000"],
    },
    {
      tags: nginxImages,
      layers: ["debian", "nginx"],
      entrypoint: ["/usr/sbin/nginx", "-g", "daemon off;"],
      // Lets requests that are under way finish.
      stopSignal: "SIGQUIT",
    },
  ];
}
