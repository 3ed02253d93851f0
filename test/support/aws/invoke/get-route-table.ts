import type { PropertyMap } from "../../rpc/property-value";
import { arnOf, type AccountData, type RouteTable } from "../account-data";
import { describeRoutes } from "../ec2/route-table";
import { requiredText } from "../provider/inputs";
import type { Context } from "../provider/resource-type";

/**
 * One route table by its id. Where there is none the official provider speaks of a query without results,
 * not of an id that is not found: it searches by filter.
 */
export async function getRouteTable(args: PropertyMap, context: Context): Promise<PropertyMap> {
  const { region } = context;
  const id = requiredText(args, "routeTableId");
  const call = { operation: "DescribeRouteTables", region, resource: id };
  const found = await context.store.look(call, (data) => {
    const table = data.routeTables[id];
    return table?.region === region ? describe(data, table) : undefined;
  });
  if (found === undefined) {
    throw new Error("query returned no results. Please change your search criteria and try again");
  }
  return { ...found, region };
}

function describe(data: AccountData, table: RouteTable): PropertyMap {
  return {
    arn: arnOf(data, "routeTables", table),
    associations: table.associations.map(({ id, subnetId }) => ({
      gatewayId: "",
      main: false,
      routeTableAssociationId: id,
      routeTableId: table.id,
      subnetId,
    })),
    gatewayId: "",
    id: table.id,
    ownerId: data.accountId,
    routeTableId: table.id,
    routes: describeRoutes(table),
    subnetId: "",
    tags: table.tags,
    vpcId: table.vpcId,
  };
}
