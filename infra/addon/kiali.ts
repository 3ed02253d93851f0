import type { AddonPrograms, ToolchainManifest } from "../core/toolchain-manifest";
import type { Settings } from "./sample";

/** How Kiali's versions call the address of another add-on: in the cluster, and from a browser. */
interface UrlNames {
  readonly inside: string;
  readonly outside: string;
}

/** @param image Kiali's, by whose tag versions are told apart */
function urlNames(image: string): UrlNames {
  return /:v?1\./.test(image)
    ? { inside: "in_cluster_url", outside: "url" }
    : { inside: "internal_url", outside: "external_url" };
}

/** Kiali's settings, which find Prometheus, and those of Grafana and Jaeger that stand beside it. */
export function connected(settings: Settings, images: ToolchainManifest["images"], addons: AddonPrograms): Settings {
  const { inside } = urlNames(images.kiali ?? "");
  const services = (settings["external_services"] ?? {}) as Readonly<Record<string, Settings>>;
  // Kiali does not speak Zipkin's language.
  const hasTracing = images.tracing !== undefined && addons.tracing === "jaeger";
  return {
    ...settings,
    external_services: {
      ...services,
      prometheus: { ...services["prometheus"], url: "http://prometheus.istio-system:9090" },
      grafana: {
        ...services["grafana"],
        enabled: images.grafana !== undefined,
        [inside]: "http://grafana.istio-system:3000",
      },
      tracing: {
        ...services["tracing"],
        enabled: hasTracing,
        [inside]: "http://tracing.istio-system:16685/jaeger",
        use_grpc: true,
      },
    },
  };
}

/**
 * Kiali's settings with what its pages link to.
 * @param image as above
 * @param pages where a browser finds them
 */
export function linked(
  settings: Settings,
  image: string,
  pages: { readonly grafana: string; readonly tracing: string },
): Settings {
  const { outside } = urlNames(image);
  const services = settings["external_services"] as Readonly<Record<string, Settings>>;
  return {
    ...settings,
    external_services: {
      ...services,
      grafana: { ...services["grafana"], [outside]: pages.grafana },
      tracing: { ...services["tracing"], [outside]: pages.tracing },
    },
  };
}
