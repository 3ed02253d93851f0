import type { PropertyMap } from "../../rpc/property-value";
import type { Context } from "../provider/resource-type";
import { getElasticIp } from "./get-elastic-ip";
import { getInstances } from "./get-instances";
import { getParameter } from "./get-parameter";
import { getResources } from "./get-resources";
import { getRouteTable } from "./get-route-table";

type InvokedFunction = (args: PropertyMap, context: Context) => Promise<PropertyMap>;

const functions: Readonly<Record<string, InvokedFunction>> = {
  "aws:ssm/getParameter:getParameter": getParameter,
  "aws:resourcegroupstaggingapi/getResources:getResources": getResources,
  "aws:ec2/getElasticIp:getElasticIp": getElasticIp,
  "aws:ec2/getInstances:getInstances": getInstances,
  "aws:ec2/getRouteTable:getRouteTable": getRouteTable,
};

/**
 * Calls a function of the provider.
 * @param token e.g. `aws:ssm/getParameter:getParameter`
 * @throws Error for one that the account does not have
 */
export async function invokeFunction(token: string, args: PropertyMap, context: Context): Promise<PropertyMap> {
  const found = functions[token];
  if (found === undefined) {
    throw new Error(`the test account has no function ${token}; there are ${Object.keys(functions).join(", ")}`);
  }
  return found(args, context);
}
