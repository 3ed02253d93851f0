import type { AccountData, ElasticIp, NetworkInterface } from "../account-data";
import { ApiError } from "../api-error";
import { all } from "./find";

/**
 * Takes a public address of the account that nothing has: one of loopback, so that a machine's ports can answer there. An
 * address is not given again before all others were: what keeps an old one is found out.
 * @throws ApiError if all 254 are in use
 */
export function takePublicAddress(data: AccountData): string {
  const taken = new Set(all(data, "elasticIps").map(({ publicIp }) => publicIp));
  for (let tries = 0; tries < 254; tries++) {
    const address = `127.77.${data.addressNumber}.${data.nextPublicAddress}`;
    data.nextPublicAddress = (data.nextPublicAddress % 254) + 1;
    if (!taken.has(address)) {
      return address;
    }
  }
  throw new ApiError("InsufficientAddressCapacity", "Not enough available addresses to satisfy your request.");
}

/** The Elastic IP that leads to an interface. */
export function elasticIpOf(data: AccountData, interfaceId: string): ElasticIp | undefined {
  return all(data, "elasticIps").find((each) => each.association?.networkInterfaceId === interfaceId);
}

/** The address under which the Internet reaches an interface; undefined if it does not. */
export function publicAddressOf(data: AccountData, networkInterface: NetworkInterface): string | undefined {
  return elasticIpOf(data, networkInterface.id)?.publicIp;
}
