import type { PropertyMap } from "../../rpc/property-value";
import { arnOf, type AccountData, type RouteTable } from "../account-data";
import { all } from "../ec2/find";
import { defined, isGiven, tagsIn, textIn } from "../provider/inputs";
import type { Context } from "../provider/resource-type";

/**
 * One route table, by id, VPC, subnet or tags. Where there is none the official provider speaks of a query without results,
 * not of an id that is not found: it searches by filter.
 */
export async function getRouteTable(args: PropertyMap, context: Context): Promise<PropertyMap> {
  const { region } = context;
  if (isGiven(args["filters"])) {
    throw new Error("the test account finds route tables by id, VPC, subnet and tags, not by filters");
  }
  const call = { operation: "DescribeRouteTables", region, resource: textIn(args, "routeTableId") ?? "" };
  const [found, ...more] = await context.store.look(call, (data) =>
    all(data, "routeTables")
      .filter((table) => table.region === region && matches(table, args))
      .map((table) => describe(data, table)),
  );
  if (found === undefined) {
    throw new Error("query returned no results. Please change your search criteria and try again");
  }
  if (more.length > 0) {
    throw new Error(
      "multiple Route Tables matched; use additional constraints to reduce matches to a single Route Table",
    );
  }
  return { ...found, region };
}

function matches(table: RouteTable, args: PropertyMap): boolean {
  const [id, vpcId, subnetId] = ["routeTableId", "vpcId", "subnetId"].map((name) => textIn(args, name));
  return (
    (id === undefined || table.id === id) &&
    (vpcId === undefined || table.vpcId === vpcId) &&
    (subnetId === undefined || table.associations.some((each) => each.subnetId === subnetId)) &&
    Object.entries(tagsIn(args)).every(([name, value]) => table.tags[name] === value)
  );
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
    routes: table.routes.map(({ destination, gatewayId, networkInterfaceId }) =>
      defined({ cidrBlock: destination, gatewayId, networkInterfaceId }),
    ),
    subnetId: "",
    tags: table.tags,
    vpcId: table.vpcId,
  };
}
