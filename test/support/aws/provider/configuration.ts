import { isPropertyMap, Unknown, type PropertyMap } from "../../rpc/property-value";
import { propertiesWithoutSecrets, sameValue } from "../../rpc/property-tree";
import type { DiffRequest, DiffResult } from "../../rpc/provider";
import type { Tags } from "../account-data";
import type { AccountStore } from "../account-store";
import { ApiError } from "../api-error";
import { findCredentials, findRegion, type Environment } from "./credentials";
import { tagsIn } from "./inputs";

/** What the provider's configuration comes to. */
export interface Configuration {
  readonly region: string;
  readonly defaultTags: Tags;
}

/**
 * Reads the provider's inputs and makes sure of the credentials, as the official provider does before anything else.
 * @returns undefined where a preview does not know the region yet
 * @throws Error without region, without credentials, or with credentials that the account does not know
 */
export async function configure(
  wrapped: PropertyMap,
  environment: Environment,
  openStore: () => AccountStore,
): Promise<Configuration | undefined> {
  const inputs = parsed(propertiesWithoutSecrets(wrapped));
  if (inputs["region"] instanceof Unknown) {
    return undefined;
  }
  const credentials = findCredentials(inputs, environment);
  const region = findRegion(inputs, environment);
  if (region === undefined || region === "") {
    throw new Error("invalid AWS Region: ");
  }
  const store = openStore();
  await store.look({ operation: "GetCallerIdentity", service: "STS", region }, (data) => {
    if (data.accessKeyId !== credentials.accessKeyId || data.secretAccessKey !== credentials.secretAccessKey) {
      throw new ApiError("InvalidClientTokenId", "The security token included in the request is invalid.");
    }
    if (data.regions[region] === undefined) {
      throw new Error(`invalid AWS Region: ${region}`);
    }
  });
  const defaults = inputs["defaultTags"];
  return { region, defaultTags: isPropertyMap(defaults) ? tagsIn(defaults) : {} };
}

/** Another region is another place for everything: it replaces the provider, and with it its resources. */
export function diffConfiguration(request: DiffRequest): DiffResult {
  const names = new Set([...Object.keys(request.oldInputs), ...Object.keys(request.news)]);
  const diffs = [...names].filter((name) => !sameValue(request.oldInputs[name], request.news[name]));
  return { changes: diffs.length > 0, diffs, replaces: diffs.filter((name) => name === "region") };
}

/** Objects come as JSON in text: a provider's configuration has only texts. */
function parsed(inputs: PropertyMap): PropertyMap {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) =>
      typeof value === "string" && value.startsWith("{") ? [name, JSON.parse(value) as PropertyMap] : [name, value],
    ),
  );
}
