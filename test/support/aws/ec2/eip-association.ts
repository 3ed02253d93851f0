import { requiredText } from "../provider/inputs";
import type { ResourceType } from "../provider/resource-type";
import { associate, associated, disassociate } from "./association";

/** That an Elastic IP leads to an interface. */
export const eipAssociation: ResourceType = {
  title: "EC2 EIP Association",
  describes: "DescribeAddresses",
  fields: {
    allocationId: { type: "string", required: true, replaces: true },
    networkInterfaceId: { type: "string", required: true, replaces: true },
  },
  outputs: ["instanceId", "privateIpAddress", "publicIp"],
  create: (context, inputs) =>
    context.store.call({ operation: "AssociateAddress", region: context.region }, (data) =>
      associate(data, requiredText(inputs, "allocationId"), requiredText(inputs, "networkInterfaceId")),
    ),
  describe(data, id) {
    const address = associated(data, id);
    const association = address?.association;
    return (
      association && {
        allocationId: address.id,
        instanceId: data.networkInterfaces[association.networkInterfaceId]?.attachment?.instanceId ?? "",
        networkInterfaceId: association.networkInterfaceId,
        privateIpAddress: association.privateIp,
        publicIp: address.publicIp,
      }
    );
  },
  delete: (context, id) =>
    context.store.call({ operation: "DisassociateAddress", region: context.region, resource: id }, (data) => {
      disassociate(data, id);
    }),
};
