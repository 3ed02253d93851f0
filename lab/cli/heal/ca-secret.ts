import type { FoundObject } from "../look/found-object";
import { listObjects } from "../look/objects";

/** The Secret by which a lab gives istiod its CA, and the ConfigMap in which istiod gives the root of it to every namespace. */
export const [SECRET, CONFIG_MAP] = ["cacerts", "istio-ca-root-cert"] as const;

/** The root certificate in both, PEM. */
export const KEY = "root-cert.pem";

export const SYSTEM = "istio-system";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Lists the objects of a core kind and a name, in all namespaces, with their managed fields.
 * @throws UserError if the cluster does not answer
 */
export function listNamed(
  kubeconfigFile: string,
  kind: string,
  name: string,
  env: Env,
): Promise<readonly FoundObject[]> {
  const options = ["--field-selector", `metadata.name=${name}`, "--show-managed-fields"];
  return listObjects(kubeconfigFile, [`${kind}.v1.`], env, options);
}

/**
 * Reads the Secret that istiod takes its CA from.
 * @returns undefined if there is none
 * @throws UserError if the cluster does not answer
 */
export async function readCaSecret(kubeconfigFile: string, env: Env): Promise<FoundObject | undefined> {
  const secrets = await listNamed(kubeconfigFile, "Secret", SECRET, env);
  return secrets.find(({ metadata }) => metadata.namespace === SYSTEM);
}

/** The root certificate of that Secret, PEM. Empty if it holds none. */
export function rootOfSecret(secret: FoundObject | undefined): string {
  return Buffer.from(secret?.data?.[KEY] ?? "", "base64").toString();
}
