import type { PropertyMap } from "../../rpc/property-value";
import { arnOf, type AccountData, type Route } from "../account-data";
import { ApiError } from "../api-error";
import { newId } from "../identifiers";
import { defined, objectsIn, requiredText, tagsIn, textIn } from "../provider/inputs";
import { withTags, type Context, type ResourceType } from "../provider/resource-type";
import { find, remove, updateTags } from "./find";
import { addRoute } from "./route";

/** A route table of a VPC, with its routes inline where the program gives them so. */
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
        gatewayId: { type: "string" },
        networkInterfaceId: { type: "string" },
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

/** Inline routes are all of a table's routes; without any, routes are resources of their own. */
async function setRoutes(context: Context, id: string, inputs: PropertyMap): Promise<void> {
  const wanted = objectsIn(inputs, "routes");
  if (wanted === undefined) {
    return;
  }
  await context.store.call({ operation: "CreateRoute", region: context.region, resource: id }, (data) => {
    find(data, "routeTables", id).routes = [];
    for (const route of wanted) {
      addRoute(data, id, requiredText(route, "cidrBlock"), {
        gatewayId: textIn(route, "gatewayId"),
        networkInterfaceId: textIn(route, "networkInterfaceId"),
      });
    }
  });
}

function describeRouteTable(data: AccountData, id: string): PropertyMap | undefined {
  const found = data.routeTables[id];
  return (
    found && {
      arn: arnOf(data, "routeTables", found),
      ownerId: data.accountId,
      routes: found.routes.map(describeRoute),
      tags: found.tags,
      vpcId: found.vpcId,
    }
  );
}

function describeRoute({ destination, gatewayId, networkInterfaceId }: Route): PropertyMap {
  return defined({ cidrBlock: destination, gatewayId, networkInterfaceId });
}
