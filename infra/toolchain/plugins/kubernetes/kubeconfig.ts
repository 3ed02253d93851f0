import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { isPropertyMap, type PropertyMap, type PropertyValue } from "../rpc/property-value";
import { objectsOf, textOf } from "./manifest";

/** Settings of the provider that choose among what a kubeconfig holds. */
export interface KubeconfigChoice {
  /** Name of the context. Default: the kubeconfig's `current-context`. */
  readonly context?: string | undefined;
  /** Name of the cluster. Default: the context's. */
  readonly cluster?: string | undefined;
}

/**
 * The text of a kubeconfig.
 * @param pathOrContents the text itself (YAML or JSON), or the path of a file that holds it; `~` is the home folder
 */
export function kubeconfigText(pathOrContents: string): string {
  const path = pathOrContents.replace(/^~(?=$|\/)/, homedir());
  return isFile(path) ? readFileSync(path, "utf8") : pathOrContents;
}

/**
 * Reads a kubeconfig.
 * @param value text, path or object; undefined or "" is an empty kubeconfig
 * @throws Error where it is neither YAML nor JSON, or no object
 */
export function parseKubeconfig(value: PropertyValue | undefined): PropertyMap {
  if (value === undefined || value === null || value === "") {
    return {};
  }
  if (isPropertyMap(value)) {
    return value;
  }
  if (typeof value !== "string") {
    throw new Error(`kubeconfig: expected a kubeconfig as text, or the path of one; given a ${typeof value}`);
  }
  let parsed: PropertyValue;
  try {
    parsed = parse(kubeconfigText(value)) as PropertyValue;
  } catch {
    // The parser's message quotes the text, and the text holds a private key.
    throw new Error("failed to parse kubeconfig: it is neither YAML nor JSON, nor the path of a file");
  }
  if (!isPropertyMap(parsed)) {
    throw new Error(
      "failed to parse kubeconfig: expected a kubeconfig's YAML or JSON, or the path of a file that exists",
    );
  }
  return parsed;
}

/** The cluster that a kubeconfig leads to; undefined where its parts do not fit together. */
export function activeCluster(kubeconfig: PropertyMap, choice: KubeconfigChoice): PropertyMap | undefined {
  const context = itemOf(kubeconfig, "contexts", choice.context ?? textOf(kubeconfig, "current-context"));
  if (context === undefined) {
    return undefined;
  }
  const cluster = itemOf(kubeconfig, "clusters", choice.cluster ?? textOf(context, "context", "cluster"));
  const settings = cluster?.["cluster"];
  return isPropertyMap(settings) ? settings : undefined;
}

/** The namespace of the active context; `default` where it names none. */
export function activeNamespace(kubeconfig: PropertyMap, choice: KubeconfigChoice): string {
  const context = itemOf(kubeconfig, "contexts", choice.context ?? textOf(kubeconfig, "current-context"));
  return (context === undefined ? "" : textOf(context, "context", "namespace")) || "default";
}

function itemOf(kubeconfig: PropertyMap, list: string, name: string): PropertyMap | undefined {
  return objectsOf(kubeconfig, list).find((item) => textOf(item, "name") === name);
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // Contents are no path: too long, or with characters that a path does not have.
    return false;
  }
}

/** The file that kubectl would read: `KUBECONFIG`, else `~/.kube/config`. */
export function ambientKubeconfigPath(): string {
  return process.env["KUBECONFIG"] ?? join(homedir(), ".kube", "config");
}
