import type { AccountData, ElasticIp } from "../account-data";
import { ApiError, notFound } from "../api-error";
import { newId } from "../identifiers";
import { all, find } from "./find";
import { hasInternetGateway } from "./internet-gateway";
import { elasticIpOf } from "./public-addresses";

/** What an Elastic IP is to lead to. */
export interface AssociationTarget {
  readonly networkInterfaceId?: string | undefined;
  readonly instanceId?: string | undefined;
  /** Default true, as in an account with VPCs only. */
  readonly allowReassociation?: boolean | undefined;
  /** Whether the address's own resource asks for it. Default false. */
  readonly own?: boolean;
}

/**
 * Makes an Elastic IP lead to an interface. One that led there before leads nowhere then, and so does the address that
 * came with the launch.
 * @returns the association's id
 */
export function associate(data: AccountData, allocationId: string, target: AssociationTarget): string {
  const address = find(data, "elasticIps", allocationId);
  const found = find(data, "networkInterfaces", target.networkInterfaceId ?? interfaceOf(data, target.instanceId));
  const { association } = address;
  if (association?.networkInterfaceId === found.id) {
    return association.id;
  }
  if (association !== undefined && target.allowReassociation === false) {
    const reason = `resource ${allocationId} is already associated with associate-id ${association.id}`;
    throw new ApiError("Resource.AlreadyAssociated", reason);
  }
  if (!hasInternetGateway(data, found.vpcId)) {
    throw new ApiError("Gateway.NotAttached", `Network ${found.vpcId} is not attached to any internet gateway`);
  }
  const before = elasticIpOf(data, found.id);
  if (before !== undefined) {
    delete before.association;
  }
  delete found.publicIp;
  const id = newId("eipassoc");
  address.association = {
    id,
    networkInterfaceId: found.id,
    privateIp: found.privateIps[0] ?? "",
    own: target.own ?? false,
  };
  return id;
}

function interfaceOf(data: AccountData, instanceId: string | undefined): string {
  const instance = find(data, "instances", instanceId ?? "");
  if (instance.state === "pending") {
    const reason = `The pending instance '${instance.id}' is not in a valid state for this operation.`;
    throw new ApiError("InvalidInstanceID", reason);
  }
  if (instance.state === "terminated" || instance.state === "shutting-down") {
    throw notFound("instances", instance.id);
  }
  return instance.networkInterfaceId;
}

/** The Elastic IP of an association; undefined where there is none. */
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
