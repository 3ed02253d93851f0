import { parseAllDocuments } from "yaml";
import { isPropertyMap, type PropertyMap, type PropertyValue } from "../rpc/property-value";
import type { ClusterAccess } from "./cluster-access";
import { namespaceOf, objectsOf, textOf, withField, type Manifest } from "./manifest";
import { objectKindOf } from "./object-kind";

/**
 * The objects of a YAML text, for the SDK's `yaml.ConfigFile` and `yaml.ConfigGroup`. Lists are taken apart; namespaced
 * objects without a namespace get the default one where there is one.
 * @throws Error where the text is no YAML
 */
export function decodeYaml(args: PropertyMap, access: ClusterAccess): PropertyMap {
  const namespace = textOf(args, "defaultNamespace") || access.defaultNamespace;
  const objects = parseAllDocuments(textOf(args, "text")).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      throw new Error(`YAML cannot be read: ${error.message}`);
    }
    return withItems(document.toJS() as PropertyValue);
  });
  return { result: objects.map((object) => withNamespace(object, namespace, access)) };
}

function withItems(document: PropertyValue): Manifest[] {
  if (!isPropertyMap(document)) {
    return [];
  }
  return textOf(document, "kind").endsWith("List") && document["items"] !== undefined
    ? objectsOf(document, "items").flatMap(withItems)
    : [document];
}

function withNamespace(object: Manifest, namespace: string, access: ClusterAccess): Manifest {
  const scope = access.discovery.scopeWithoutAsking(objectKindOf(object));
  return namespace !== "" && scope === "namespaced" && namespaceOf(object) === ""
    ? withField(object, ["metadata", "namespace"], namespace)
    : object;
}
