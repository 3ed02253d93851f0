import { ApiClient } from "./api-client";
import { Discovery } from "./discovery";
import { activeNamespace, parseKubeconfig } from "./kubeconfig";
import { ObjectStore } from "./object-store";
import type { ProviderSettings } from "./provider-settings";

/** Everything that operations on one cluster share. Nothing in it connects before it has to. */
export interface ClusterAccess {
  readonly settings: ProviderSettings;
  readonly client: ApiClient;
  readonly discovery: Discovery;
  readonly store: ObjectStore;
  /** Namespace of objects that name none; "" where it is not known. */
  readonly defaultNamespace: string;
}

/** Prepares the access to the cluster that the settings lead to. */
export function accessCluster(settings: ProviderSettings): ClusterAccess {
  // The library behind it takes 70 ms to load, which an unchanged `up` does not spend.
  const client = new ApiClient(async () => (await import("./connection")).connect(settings));
  const discovery = new Discovery(client);
  const store = new ObjectStore(client, discovery);
  return { settings, client, discovery, store, defaultNamespace: settings.namespace ?? namespaceOfContext(settings) };
}

function namespaceOfContext(settings: ProviderSettings): string {
  try {
    return activeNamespace(parseKubeconfig(settings.kubeconfig), settings);
  } catch {
    // The first request says what is wrong with the kubeconfig.
    return "";
  }
}
