import type { CheckFailure } from "../../rpc/provider";
import { invalidValue } from "../api-error";
import { flagIn, textIn } from "../provider/inputs";
import type { ResourceType } from "../provider/resource-type";
import { associate, associated, disassociate } from "./association";
import { all } from "./find";

/** That an Elastic IP leads to an interface, or to an instance's. */
export const eipAssociation: ResourceType = {
  title: "EC2 EIP Association",
  describes: "DescribeAddresses",
  fields: {
    allocationId: { type: "string", replaces: true, computed: true },
    allowReassociation: { type: "boolean", replaces: true },
    instanceId: { type: "string", replaces: true, computed: true },
    networkInterfaceId: { type: "string", replaces: true, computed: true },
    privateIpAddress: { type: "string", replaces: true, computed: true },
    publicIp: { type: "string", replaces: true, computed: true },
  },
  outputs: [],
  check: (): CheckFailure[] => [],
  create: (context, inputs) =>
    context.store.call({ operation: "AssociateAddress", region: context.region }, (data) => {
      const publicIp = textIn(inputs, "publicIp");
      const named = all(data, "elasticIps").find((each) => each.publicIp === publicIp)?.id;
      const allocationId = textIn(inputs, "allocationId") ?? named;
      const networkInterfaceId = textIn(inputs, "networkInterfaceId");
      const instanceId = textIn(inputs, "instanceId");
      if (allocationId === undefined || (networkInterfaceId === undefined) === (instanceId === undefined)) {
        throw invalidValue("You must specify an allocation id, and either an instance id or a network interface id");
      }
      const allowReassociation = flagIn(inputs, "allowReassociation");
      return associate(data, allocationId, { networkInterfaceId, instanceId, allowReassociation });
    }),
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
