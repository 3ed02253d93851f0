import { FIRST_NODE_PORT, type NodePorts } from "../core/node-ports";
import type { ImageName, ToolchainManifest } from "../core/toolchain-manifest";

/** The study notes' node port of kube-ops-view in 13.2.1; other parts of the study notes have it elsewhere. */
export const OPS_VIEW_NODE_PORT = 30007;

/** The add-ons of the study notes, each served if the image of its name is, and the study notes' node ports. 13.2.1. */
export const ADDON_NODE_PORTS = {
  prometheus: 30001,
  grafana: 30002,
  kiali: 30003,
  tracing: 30004,
  "kube-ops-view": OPS_VIEW_NODE_PORT,
} as const satisfies Partial<Record<ImageName, number>>;

/** Name of an add-on. */
export type AddonName = keyof typeof ADDON_NODE_PORTS;

const ADDON_NAMES = Object.keys(ADDON_NODE_PORTS) as AddonName[];

/** Where a proxy outside the cluster sends its spans, at the address of any node. The study notes leave it free. */
export const COLLECTOR_NODE_PORT = 30041;

/** An add-on's page, as a lab's outputs list it. */
export interface AddonUrl {
  readonly name: string;
  /** From this machine. */
  readonly url: string;
  /** A line to paste. */
  readonly curl: string;
  readonly shows: string;
}

/**
 * Where the add-ons are that this machine's source serves.
 * @param nodePorts where node port 30000 is reached from this machine, and with it those that follow
 * @param opsViewNodePort where the study notes of a lab put kube-ops-view. Default: as in 13.2.1
 */
export function addonUrls(
  nodePorts: NodePorts,
  toolchain: Pick<ToolchainManifest, "images" | "addons">,
  opsViewNodePort: number = OPS_VIEW_NODE_PORT,
): AddonUrl[] {
  return servedAddons(toolchain).map((name) => {
    const page = pageAt(nodePorts, name === "kube-ops-view" ? opsViewNodePort : ADDON_NODE_PORTS[name]);
    const url = name === "tracing" && toolchain.addons.tracing === "jaeger" ? page + JAEGER_PATH : page;
    // Their first pages redirect to others, which depend on the version.
    return { name, url, curl: `curl -sL ${url}`, shows: `the page of the add-on ${name}` };
  });
}

/** The samples' Jaeger has its page there, and no way to it at the root. */
const JAEGER_PATH = "/jaeger";

function pageAt({ address, portBase }: NodePorts, nodePort: number): string {
  return `http://${address}:${portBase + nodePort - FIRST_NODE_PORT}`;
}

/** Where a browser on this machine finds what Kiali links to. */
export function linkedPages(nodePorts: NodePorts): { readonly grafana: string; readonly tracing: string } {
  const [grafana, tracing] = [ADDON_NODE_PORTS.grafana, ADDON_NODE_PORTS.tracing].map((port) =>
    pageAt(nodePorts, port),
  );
  return { grafana: grafana ?? "", tracing: `${tracing ?? ""}${JAEGER_PATH}` };
}

/** Names of the add-ons that a toolchain serves. */
export function servedAddons({ images }: Pick<ToolchainManifest, "images">): AddonName[] {
  return ADDON_NAMES.filter((name) => images[name] !== undefined);
}
