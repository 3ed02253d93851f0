import type { AccountData, ElasticIp } from "../account-data";
import { ApiError, notFound } from "../api-error";
import { newId } from "../identifiers";
import { all, find } from "./find";
import { hasInternetGateway } from "./internet-gateway";
import { elasticIpOf } from "./public-addresses";

/**
 * Makes an Elastic IP lead to an interface. One that led there before leads nowhere then.
 * @returns the association's id
 */
export function associate(data: AccountData, allocationId: string, interfaceId: string): string {
  const address = find(data, "elasticIps", allocationId);
  const found = find(data, "networkInterfaces", interfaceId);
  const { association } = address;
  if (association?.networkInterfaceId === found.id) {
    return association.id;
  }
  if (!hasInternetGateway(data, found.vpcId)) {
    throw new ApiError("Gateway.NotAttached", `Network ${found.vpcId} is not attached to any internet gateway`);
  }
  const before = elasticIpOf(data, found.id);
  if (before !== undefined) {
    delete before.association;
  }
  const id = newId("eipassoc");
  address.association = { id, networkInterfaceId: found.id, privateIp: found.privateIps[0] ?? "" };
  return id;
}

/** The Elastic IP of an association; undefined if there is none. */
export function associated(data: AccountData, associationId: string): ElasticIp | undefined {
  return all(data, "elasticIps").find((each) => each.association?.id === associationId);
}

/** Ends an association. */
export function disassociate(data: AccountData, associationId: string): void {
  const address = associated(data, associationId);
  if (address === undefined) {
    throw notFound("associations", associationId);
  }
  delete address.association;
}
