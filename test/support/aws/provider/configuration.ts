import { Unknown, type PropertyMap } from "../../rpc/property-value";
import { propertiesWithoutSecrets, sameValue } from "../../rpc/property-tree";
import type { DiffRequest, DiffResult } from "../../rpc/provider";
import type { AccountStore } from "../account-store";
import { ApiError } from "../api-error";
import { textIn } from "./inputs";

/** The variables in which the official provider looks for credentials, here the only place. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the provider's configuration comes to. */
export interface Configuration {
  readonly region: string;
}

/**
 * Reads the provider's inputs and makes sure of the credentials, as the official provider does before anything else.
 * @returns undefined if a preview does not know the region yet
 * @throws Error without region, without credentials, or with credentials that the account does not know
 */
export async function configure(
  wrapped: PropertyMap,
  environment: Environment,
  openStore: () => AccountStore,
): Promise<Configuration | undefined> {
  const inputs = propertiesWithoutSecrets(wrapped);
  if (inputs["region"] instanceof Unknown) {
    return undefined;
  }
  const { AWS_ACCESS_KEY_ID: id = "", AWS_SECRET_ACCESS_KEY: secret = "" } = environment;
  if (id === "" || secret === "") {
    throw new Error(
      "No valid credential sources found. Please see the documentation of the AWS provider for more information " +
        "about providing credentials.",
    );
  }
  const region = textIn(inputs, "region");
  if (region === undefined || region === "") {
    throw new Error("invalid AWS Region: ");
  }
  const store = openStore();
  await store.look({ operation: "GetCallerIdentity", service: "STS", region }, (data) => {
    if (data.accessKeyId !== id || data.secretAccessKey !== secret) {
      throw new ApiError("InvalidClientTokenId", "The security token included in the request is invalid.");
    }
    if (data.regions[region] === undefined) {
      throw new Error(`invalid AWS Region: ${region}`);
    }
  });
  return { region };
}

/** Another region is another place for everything: it replaces the provider, and with it its resources. */
export function diffConfiguration(request: DiffRequest): DiffResult {
  const names = new Set([...Object.keys(request.oldInputs), ...Object.keys(request.news)]);
  const diffs = [...names].filter((name) => !sameValue(request.oldInputs[name], request.news[name]));
  return { changes: diffs.length > 0, diffs, replaces: diffs.filter((name) => name === "region") };
}
