import { addressAt, addressCount, contains, isIpv4, numberOf, parseCidr } from "../../../../infra/core/addresses";
import type { AccountData, Subnet } from "../account-data";
import { ApiError, invalidValue } from "../api-error";
import { all } from "./find";

/**
 * Private addresses of a subnet for a new interface.
 * @param wanted addresses that the program asks for; none: the first that is free
 * @throws ApiError if an address is outside the subnet, one of the five that AWS keeps, or in use
 */
export function takePrivateAddresses(data: AccountData, subnet: Subnet, wanted: readonly string[]): string[] {
  const used = new Set(
    all(data, "networkInterfaces")
      .filter((each) => each.subnetId === subnet.id)
      .flatMap(({ privateIps }) => privateIps),
  );
  for (const address of wanted) {
    refuseAddress(subnet, address);
    if (used.has(address)) {
      throw new ApiError("InvalidIPAddress.InUse", `Address ${address} is in use.`);
    }
  }
  return wanted.length > 0 ? [...wanted] : [firstFree(subnet, used)];
}

/** AWS keeps the first four addresses of a subnet (network, router, DNS, future use) and the last one. */
function refuseAddress(subnet: Subnet, address: string): void {
  if (!isIpv4(address)) {
    throw invalidValue(`invalid value for parameter address: ${address}`);
  }
  if (!contains(parseCidr(subnet.cidrBlock), address)) {
    throw invalidValue(`Address ${address} does not fall within the subnet's address range`);
  }
  const number = numberOf(subnet.cidrBlock, address);
  if (number < 4 || number === addressCount(subnet.cidrBlock) - 1) {
    throw invalidValue(`Address ${address} is in subnet's reserved address range`);
  }
}

function firstFree(subnet: Subnet, used: ReadonlySet<string>): string {
  for (let number = 4; number < addressCount(subnet.cidrBlock) - 1; number++) {
    const address = addressAt(subnet.cidrBlock, number);
    if (!used.has(address)) {
      return address;
    }
  }
  throw new ApiError(
    "InsufficientFreeAddressesInSubnet",
    `The specified subnet does not have enough free addresses to satisfy the request.`,
  );
}
