import type { AccountData, RouteTable } from "../account-data";
import { ApiError, notFound } from "../api-error";
import { newId } from "../identifiers";
import { requiredText } from "../provider/inputs";
import type { ResourceType } from "../provider/resource-type";
import { all, find } from "./find";

/** Which route table a subnet uses. */
export const routeTableAssociation: ResourceType = {
  title: "Route Table Association",
  describes: "DescribeRouteTables",
  fields: {
    routeTableId: { type: "string", required: true },
    subnetId: { type: "string", required: true, replaces: true },
  },
  outputs: [],
  create: (context, inputs) =>
    context.store.call({ operation: "AssociateRouteTable", region: context.region }, (data) => {
      const table = find(data, "routeTables", requiredText(inputs, "routeTableId"));
      const subnet = find(data, "subnets", requiredText(inputs, "subnetId"));
      if (table.vpcId !== subnet.vpcId) {
        throw new ApiError(
          "InvalidParameterValue",
          `route table ${table.id} and subnet ${subnet.id} belong to different networks`,
        );
      }
      if (all(data, "routeTables").some((each) => each.associations.some(({ subnetId }) => subnetId === subnet.id))) {
        throw new ApiError(
          "Resource.AlreadyAssociated",
          `the specified association for route table ${table.id} conflicts with an existing association`,
        );
      }
      const id = newId("rtbassoc");
      table.associations.push({ id, subnetId: subnet.id });
      return id;
    }),
  describe(data, id) {
    const table = tableOf(data, id);
    const association = table?.associations.find((each) => each.id === id);
    return table && association && { routeTableId: table.id, subnetId: association.subnetId };
  },
  async update(context, id, _olds, news) {
    const call = { operation: "ReplaceRouteTableAssociation", region: context.region, resource: id };
    await context.store.call(call, (data) => {
      const subnetId = takeAssociation(data, id);
      // AWS gives the association a new id; Pulumi cannot change a resource's, so it stays here.
      find(data, "routeTables", requiredText(news, "routeTableId")).associations.push({ id, subnetId });
    });
  },
  delete: (context, id) =>
    context.store.call({ operation: "DisassociateRouteTable", region: context.region, resource: id }, (data) => {
      takeAssociation(data, id);
    }),
};

function tableOf(data: AccountData, associationId: string): RouteTable | undefined {
  return all(data, "routeTables").find((table) => table.associations.some(({ id }) => id === associationId));
}

function takeAssociation(data: AccountData, id: string): string {
  const table = tableOf(data, id);
  const found = table?.associations.find((each) => each.id === id);
  if (table === undefined || found === undefined) {
    throw notFound("associations", id);
  }
  table.associations = table.associations.filter((each) => each !== found);
  return found.subnetId;
}
