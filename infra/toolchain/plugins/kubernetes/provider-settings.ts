import { propertiesWithoutSecrets } from "../rpc/property-tree";
import { Unknown, type PropertyMap, type PropertyValue } from "../rpc/property-value";
import type { KubeconfigChoice } from "./kubeconfig";
import type { Mutability } from "./replacement";

/** What a `kubernetes.Provider` was given, with defaults from the environment filled in. */
export interface ProviderSettings extends Mutability, KubeconfigChoice {
  /** Text, path or object; undefined: the file that kubectl would read. */
  readonly kubeconfig: PropertyValue | undefined;
  /** Default namespace; undefined: the active context's. */
  readonly namespace: string | undefined;
  readonly deleteUnreachable: boolean;
  readonly skipUpdateUnreachable: boolean;
  readonly enablePatchForce: boolean;
  readonly upsertExistingObjects: boolean;
}

/**
 * Reads the provider's inputs. Booleans come as the SDK sends them, as the texts `true` and `false`.
 * @param inputs checked inputs of the provider resource
 * @param environment where a setting's variable is looked up if the setting is not given. Default: this process's
 */
export function readProviderSettings(
  inputs: PropertyMap,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ProviderSettings {
  const given = propertiesWithoutSecrets(inputs);
  const flag = (name: string, variable: string): boolean => isTrue(given[name] ?? environment[variable]);
  return {
    kubeconfig: given["kubeconfig"] instanceof Unknown ? undefined : given["kubeconfig"],
    context: textIn(given, "context"),
    cluster: textIn(given, "cluster"),
    namespace: textIn(given, "namespace"),
    deleteUnreachable: flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
    skipUpdateUnreachable: flag("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"),
    enablePatchForce: flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"),
    upsertExistingObjects: flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"),
    enableConfigMapMutable: flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
    enableSecretMutable: flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
  };
}

/** Why this provider cannot work with the inputs, by property. The official provider could. */
export function unsupportedSettings(inputs: PropertyMap): { property: string; reason: string }[] {
  const given = propertiesWithoutSecrets(inputs);
  const unsupported: { property: string; reason: string }[] = [];
  if (textIn(given, "renderYamlToDirectory") !== undefined || isTrue(given["alwaysRender"])) {
    unsupported.push({
      property: "renderYamlToDirectory",
      reason: "rendering YAML needs the official Kubernetes plugin; this machine has the one for package registries",
    });
  }
  if (given["enableServerSideApply"] === false || given["enableServerSideApply"] === "false") {
    unsupported.push({
      property: "enableServerSideApply",
      reason:
        "client-side apply needs the official Kubernetes plugin; this machine has the one for package registries, " +
        "which applies on the server's side",
    });
  }
  return unsupported;
}

function isTrue(value: PropertyValue | undefined): boolean {
  return value === true || value === "true";
}

function textIn(properties: PropertyMap, name: string): string | undefined {
  const value = properties[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}
