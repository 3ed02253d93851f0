/** Why AWS refuses a call. The message reads as the AWS SDK puts it. */
export class ApiError extends Error {
  /**
   * @param code AWS's error code, e.g. `InvalidSubnet.Range`
   * @param reason AWS's message
   */
  constructor(
    readonly code: string,
    readonly reason: string,
  ) {
    super(`api error ${code}: ${reason}`);
  }
}

/** Refuses a call for a parameter's value. */
export function invalidValue(reason: string): ApiError {
  return new ApiError("InvalidParameterValue", reason);
}

/** Refuses a call for an id that does not exist, in the words that EC2 has for each kind. */
export function notFound(kind: keyof typeof unknownIds, id: string): ApiError {
  const [code, noun] = unknownIds[kind];
  return new ApiError(code, `The ${noun} '${id}' does not exist`);
}

const unknownIds = {
  vpcs: ["InvalidVpcID.NotFound", "vpc ID"],
  subnets: ["InvalidSubnetID.NotFound", "subnet ID"],
  internetGateways: ["InvalidInternetGatewayID.NotFound", "internetGateway ID"],
  routeTables: ["InvalidRouteTableID.NotFound", "routeTable ID"],
  securityGroups: ["InvalidGroup.NotFound", "security group"],
  securityGroupRules: ["InvalidSecurityGroupRuleId.NotFound", "security group rule ID"],
  keyPairs: ["InvalidKeyPair.NotFound", "key pair"],
  networkInterfaces: ["InvalidNetworkInterfaceID.NotFound", "networkInterface ID"],
  elasticIps: ["InvalidAllocationID.NotFound", "allocation ID"],
  associations: ["InvalidAssociationID.NotFound", "association ID"],
  instances: ["InvalidInstanceID.NotFound", "instance ID"],
  volumes: ["InvalidVolume.NotFound", "volume"],
} as const;

/** AWS's error code in an error of a call; undefined for any other error. */
export function codeOf(error: unknown): string | undefined {
  const cause = error instanceof Error && error.cause instanceof ApiError ? error.cause : error;
  return cause instanceof ApiError ? cause.code : undefined;
}

/** Whether an error says that what the call is about is not there. */
export function saysGone(error: unknown): boolean {
  return codeOf(error)?.endsWith(".NotFound") ?? false;
}

/** Whether an error says that something else is still in use: the official provider retries such deletions. */
export function saysInUse(error: unknown): boolean {
  return ["DependencyViolation", "InvalidIPAddress.InUse"].includes(codeOf(error) ?? "");
}
