import { contains, parseCidr } from "../../../../infra/core/addresses";
import type { PropertyMap } from "../../rpc/property-value";
import { arnOf, type AccountData, type RouteTable } from "../account-data";
import { ApiError, invalidValue } from "../api-error";
import { newId } from "../identifiers";
import { objectsIn, requiredText, tagsIn } from "../provider/inputs";
import { withTags, type Context, type ResourceType } from "../provider/resource-type";
import { find, remove, updateTags } from "./find";

/** A route table of a VPC, with its routes. */
export const routeTable: ResourceType = {
  title: "EC2 Route Table",
  describes: "DescribeRouteTables",
  fields: withTags({
    vpcId: { type: "string", required: true, replaces: true },
    routes: {
      type: "objects",
      computed: true,
      fields: {
        cidrBlock: { type: "string" },
        gatewayId: { type: "string", required: true },
      },
    },
  }),
  outputs: ["arn", "ownerId"],
  create: (context, inputs) =>
    context.store.call({ operation: "CreateRouteTable", region: context.region }, (data) => {
      const vpcId = find(data, "vpcs", requiredText(inputs, "vpcId")).id;
      const id = newId("rtb");
      const table = {
        id,
        region: context.region,
        tags: tagsIn(inputs),
        vpcId,
        main: false,
        routes: [],
        associations: [],
      };
      data.routeTables[id] = table;
      return id;
    }),
  settle: (context, id, inputs) => setRoutes(context, id, inputs),
  describe: describeRouteTable,
  async update(context, id, _olds, news) {
    await setRoutes(context, id, news);
    await updateTags(context, "routeTables", id, tagsIn(news));
  },
  delete: (context, id) =>
    context.store.call({ operation: "DeleteRouteTable", region: context.region, resource: id }, (data) => {
      const found = find(data, "routeTables", id);
      if (found.main || found.associations.length > 0) {
        throw new ApiError("DependencyViolation", `The routeTable '${id}' has dependencies and cannot be deleted.`);
      }
      remove(data, "routeTables", id);
    }),
};

/** The routes that the program gives are all of a table's. */
async function setRoutes(context: Context, id: string, inputs: PropertyMap): Promise<void> {
  const wanted = objectsIn(inputs, "routes");
  if (wanted === undefined) {
    return;
  }
  await context.store.call({ operation: "CreateRoute", region: context.region, resource: id }, (data) => {
    find(data, "routeTables", id).routes = [];
    for (const route of wanted) {
      addRoute(data, id, requiredText(route, "cidrBlock"), requiredText(route, "gatewayId"));
    }
  });
}

function describeRouteTable(data: AccountData, id: string): PropertyMap | undefined {
  const found = data.routeTables[id];
  return (
    found && {
      arn: arnOf(data, "routeTables", found),
      ownerId: data.accountId,
      routes: describeRoutes(found),
      tags: found.tags,
      vpcId: found.vpcId,
    }
  );
}

/** A table's routes, as DescribeRouteTables says them. */
export function describeRoutes({ routes }: RouteTable): PropertyMap[] {
  return routes.map(({ destination, gatewayId }) => ({ cidrBlock: destination, gatewayId }));
}

/** @throws ApiError if the table has a route to the destination, or the gateway is not of the table's VPC */
function addRoute(data: AccountData, tableId: string, destination: string, gatewayId: string): void {
  const table = find(data, "routeTables", tableId);
  const network = parseCidr(destination);
  const local = parseCidr(find(data, "vpcs", table.vpcId).cidrBlock);
  if (table.routes.some((each) => each.destination === destination)) {
    throw new ApiError("RouteAlreadyExists", `The route identified by ${destination} already exists.`);
  }
  if (network.prefix >= local.prefix && contains(local, destination.split("/")[0] ?? "")) {
    throw invalidValue(
      `The destination CIDR block ${destination} is equal to or more specific than one of this VPC's.`,
    );
  }
  if (find(data, "internetGateways", gatewayId).vpcId !== table.vpcId) {
    throw invalidValue(`route table ${tableId} and network gateway ${gatewayId} belong to different networks`);
  }
  table.routes.push({ destination, gatewayId });
}
