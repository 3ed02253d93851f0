import type { PropertyMap } from "../../rpc/property-value";
import { ApiError, codeOf } from "../api-error";
import { flagIn, requiredText } from "../provider/inputs";
import type { Context } from "../provider/resource-type";

/** A parameter of Systems Manager, e.g. the one in which Canonical publishes the id of its newest image. */
export async function getParameter(args: PropertyMap, context: Context): Promise<PropertyMap> {
  const name = requiredText(args, "name");
  const { region } = context;
  try {
    return await context.store.look({ operation: "GetParameter", service: "SSM", region, resource: name }, (data) => {
      const value = data.regions[region]?.parameters[name];
      if (value === undefined) {
        throw new ApiError("ParameterNotFound", "no such parameter");
      }
      // AWS's own parameters belong to no account.
      const owner = name.startsWith("/aws/") ? "" : data.accountId;
      return {
        arn: `arn:aws:ssm:${region}:${owner}:parameter${name.startsWith("/") ? "" : "/"}${name}`,
        id: name,
        insecureValue: value,
        name,
        region,
        type: "String",
        value,
        version: 1,
        withDecryption: flagIn(args, "withDecryption") ?? true,
      };
    });
  } catch (error) {
    throw codeOf(error) === "ParameterNotFound"
      ? new Error(`reading SSM Parameter (${name}): couldn't find resource`)
      : error;
  }
}
