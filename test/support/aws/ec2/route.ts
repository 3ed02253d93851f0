import { contains, parseCidr } from "../../../../infra/core/addresses";
import type { PropertyMap } from "../../rpc/property-value";
import type { CheckFailure } from "../../rpc/provider";
import type { AccountData, Route } from "../account-data";
import { ApiError, invalidValue } from "../api-error";
import { defined, requiredText, textIn } from "../provider/inputs";
import type { ResourceType } from "../provider/resource-type";
import { all, cidrFailures, find } from "./find";

/** Where a route leads; exactly one. */
export interface RouteTarget {
  readonly gatewayId: string | undefined;
  readonly networkInterfaceId: string | undefined;
}

/** One route of a table. Its id is made of the table's and the destination, as the official provider's. */
export const route: ResourceType = {
  title: "Route",
  describes: "DescribeRouteTables",
  fields: {
    routeTableId: { type: "string", required: true, replaces: true },
    destinationCidrBlock: { type: "string", required: true, replaces: true },
    gatewayId: { type: "string" },
    networkInterfaceId: { type: "string", computed: true },
  },
  outputs: ["instanceId", "instanceOwnerId", "origin", "state"],
  check: (inputs): CheckFailure[] => cidrFailures(inputs, "destinationCidrBlock", "destination_cidr_block"),
  create(context, inputs) {
    const [table, destination] = [requiredText(inputs, "routeTableId"), requiredText(inputs, "destinationCidrBlock")];
    const call = { operation: "CreateRoute", region: context.region, resource: table };
    return context.store.call(call, (data) => {
      addRoute(data, table, destination, targetIn(inputs));
      return `r-${table}${destination}`;
    });
  },
  describe(data, id) {
    const found = locate(data, id);
    return (
      found &&
      defined({
        routeTableId: found.tableId,
        destinationCidrBlock: found.route.destination,
        gatewayId: found.route.gatewayId,
        networkInterfaceId: found.route.networkInterfaceId,
        origin: "CreateRoute",
        state: isBlackhole(data, found.route) ? "blackhole" : "active",
      })
    );
  },
  async update(context, id, _olds, news) {
    const table = requiredText(news, "routeTableId");
    await context.store.call({ operation: "ReplaceRoute", region: context.region, resource: table }, (data) => {
      const destination = requiredText(news, "destinationCidrBlock");
      const found = find(data, "routeTables", table);
      found.routes = found.routes.filter((each) => each.destination !== destination);
      addRoute(data, table, destination, targetIn(news));
    });
  },
  async delete(context, id, state) {
    const table = requiredText(state, "routeTableId");
    await context.store.call({ operation: "DeleteRoute", region: context.region, resource: table }, (data) => {
      const found = locate(data, id);
      const owner = find(data, "routeTables", table);
      if (found === undefined) {
        const destination = requiredText(state, "destinationCidrBlock");
        throw new ApiError("InvalidRoute.NotFound", `no route with destination-cidr-block ${destination}`);
      }
      owner.routes = owner.routes.filter((each) => each !== found.route);
    });
  },
};

/**
 * Adds a route to a table.
 * @throws ApiError where the table has one to the destination, or the target is not of the table's VPC
 */
export function addRoute(data: AccountData, tableId: string, destination: string, target: RouteTarget): void {
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
  const gateway = target.gatewayId === undefined ? undefined : find(data, "internetGateways", target.gatewayId);
  if (gateway !== undefined && gateway.vpcId !== table.vpcId) {
    throw invalidValue(`route table ${tableId} and network gateway ${gateway.id} belong to different networks`);
  }
  if (target.networkInterfaceId !== undefined) {
    find(data, "networkInterfaces", target.networkInterfaceId);
  } else if (gateway === undefined) {
    throw new ApiError("MissingParameter", "The request must contain the parameter gatewayId or networkInterfaceId");
  }
  table.routes.push({
    destination,
    ...(target.gatewayId === undefined ? {} : { gatewayId: target.gatewayId }),
    ...(target.networkInterfaceId === undefined ? {} : { networkInterfaceId: target.networkInterfaceId }),
  });
}

function targetIn(inputs: PropertyMap): RouteTarget {
  return { gatewayId: textIn(inputs, "gatewayId"), networkInterfaceId: textIn(inputs, "networkInterfaceId") };
}

function locate(data: AccountData, id: string): { readonly tableId: string; readonly route: Route } | undefined {
  for (const table of all(data, "routeTables")) {
    const found = table.routes.find((each) => `r-${table.id}${each.destination}` === id);
    if (found !== undefined) {
      return { tableId: table.id, route: found };
    }
  }
  return undefined;
}

/** AWS keeps a route whose target has gone. */
function isBlackhole(data: AccountData, found: Route): boolean {
  const gone = (collection: Readonly<Record<string, unknown>>, id: string | undefined): boolean =>
    id !== undefined && collection[id] === undefined;
  return gone(data.internetGateways, found.gatewayId) || gone(data.networkInterfaces, found.networkInterfaceId);
}
