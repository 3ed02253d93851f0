import { propertiesWithoutSecrets, sameValue } from "../rpc/property-tree";
import { Unknown, type PropertyMap } from "../rpc/property-value";
import type { DiffResult } from "../rpc/provider";
import { activeCluster, parseKubeconfig } from "./kubeconfig";
import { textOf } from "./manifest";

const clusterChoosers = ["kubeconfig", "context", "cluster"] as const;

/**
 * What changes about the provider, and whether everything made through it has to be made anew. With a
 * `clusterIdentifier` only its change replaces; without one, a change of the active cluster in the kubeconfig does, and
 * so does a kubeconfig that is not known yet.
 * @throws Error where a kubeconfig cannot be read
 */
export function diffProvider(olds: PropertyMap, news: PropertyMap): DiffResult {
  const before = propertiesWithoutSecrets(olds);
  const after = propertiesWithoutSecrets(news);
  const diffs = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !sameValue(before[name], after[name]),
  );
  if (diffs.length === 0) {
    return { changes: false };
  }
  const replaces = isSameIdentifiedCluster(before, after) ? [] : replacesOf(before, after, diffs);
  return { changes: true, diffs, replaces };
}

function isSameIdentifiedCluster(before: PropertyMap, after: PropertyMap): boolean {
  const identifier = after["clusterIdentifier"];
  return identifier !== undefined && identifier !== null && sameValue(before["clusterIdentifier"], identifier);
}

function replacesOf(before: PropertyMap, after: PropertyMap, diffs: readonly string[]): string[] {
  const identified = before["clusterIdentifier"] !== undefined && after["clusterIdentifier"] !== undefined;
  // Giving or dropping the identifier alone does not replace.
  const byIdentifier = identified && diffs.includes("clusterIdentifier") ? ["clusterIdentifier"] : [];
  const unknown = clusterChoosers.find((name) => after[name] instanceof Unknown);
  if (unknown !== undefined) {
    return [...byIdentifier, unknown];
  }
  const byRendering = diffs.includes("renderYamlToDirectory") ? ["renderYamlToDirectory"] : [];
  const byCluster = isOtherCluster(before, after) ? clusterChoosers.filter((name) => diffs.includes(name)) : [];
  return [...byIdentifier, ...byRendering, ...byCluster];
}

function isOtherCluster(before: PropertyMap, after: PropertyMap): boolean {
  const [old, now] = [before, after].map((inputs) =>
    activeCluster(parseKubeconfig(inputs["kubeconfig"]), {
      context: textOf(inputs, "context") || undefined,
      cluster: textOf(inputs, "cluster") || undefined,
    }),
  );
  return old !== undefined && now !== undefined && !sameValue(old, now);
}
