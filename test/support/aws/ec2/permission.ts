import { networkOf } from "./find";
import type { AccountData, Permission } from "../account-data";
import { ApiError, invalidValue } from "../api-error";
import { newId } from "../identifiers";
import { all, find } from "./find";

/** What AWS takes as the description of a group or a rule, and as a group's name. */
export const allowedText = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{0,255}$/;

/** Rules of one direction that a group may have. */
const ruleLimit = 60;

/**
 * Adds a rule to a group.
 * @returns the rule's id
 * @throws ApiError if AWS refuses the rule: a duplicate, a description with other characters, wrong ports
 */
export function addRule(data: AccountData, groupId: string, permission: Permission): string {
  const group = find(data, "securityGroups", groupId);
  refusePermission(data, groupId, permission, undefined);
  const siblings = all(data, "securityGroupRules").filter(
    (each) => each.securityGroupId === groupId && each.permission.direction === permission.direction,
  );
  if (siblings.length >= ruleLimit) {
    throw new ApiError(
      "RulesPerSecurityGroupLimitExceeded",
      "The maximum number of rules per security group has been reached.",
    );
  }
  const id = newId("sgr");
  data.securityGroupRules[id] = { id, region: group.region, tags: {}, securityGroupId: groupId, permission };
  return id;
}

/**
 * Refuses what AWS refuses.
 * @param ownId the rule that is changed; undefined for a new one
 */
export function refusePermission(
  data: AccountData,
  groupId: string,
  permission: Permission,
  ownId: string | undefined,
): void {
  if (!allowedText.test(permission.description ?? "")) {
    throw invalidValue(
      "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  " +
        "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
    );
  }
  refusePorts(permission);
  if (permission.cidrIpv4 !== undefined && networkOf(permission.cidrIpv4) === undefined) {
    throw invalidValue(`CIDR block ${permission.cidrIpv4} is malformed`);
  }
  const twin = all(data, "securityGroupRules").find(
    (each) => each.id !== ownId && each.securityGroupId === groupId && meaning(each.permission) === meaning(permission),
  );
  if (twin !== undefined) {
    const rule = `peer: ${peerOf(permission)}, ${protocolText(permission)}, ALLOW`;
    throw new ApiError("InvalidPermission.Duplicate", `the specified rule "${rule}" already exists`);
  }
}

function refusePorts({ ipProtocol, fromPort, toPort }: Permission): void {
  if (ipProtocol !== "tcp" && ipProtocol !== "udp") {
    return;
  }
  if (fromPort < 0 || toPort < 0) {
    throw invalidValue("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.");
  }
  if (fromPort > toPort || toPort > 65535) {
    throw invalidValue(`Invalid TCP/UDP port range (${fromPort}:${toPort})`);
  }
}

/** What makes two rules the same: all but the description. */
function meaning(permission: Permission): string {
  const { direction, ipProtocol, fromPort, toPort } = permission;
  return [direction, ipProtocol, fromPort, toPort, peerOf(permission)].join(" ");
}

function peerOf({ cidrIpv4, referencedSecurityGroupId }: Permission): string {
  return cidrIpv4 ?? referencedSecurityGroupId ?? "";
}

function protocolText({ ipProtocol, fromPort, toPort }: Permission): string {
  return ipProtocol === "-1" ? "ALL" : `${ipProtocol.toUpperCase()}, from port: ${fromPort}, to port: ${toPort}`;
}
