import { isIpv4 } from "../../../../infra/core/addresses";
import type { PropertyMap } from "../../rpc/property-value";
import type { CheckFailure } from "../../rpc/provider";
import { sameValue } from "../../rpc/property-tree";
import { flagIn, isGiven, objectIn, textIn } from "../provider/inputs";
import { withTags, type ResourceType } from "../provider/resource-type";
import { choiceFailures } from "./find";
import { describeInstance } from "./instance-describe";
import { runInstance, settleInstance } from "./instance-launch";
import { observeInstance, terminateInstance } from "./instance-power";
import { allowTermination, updateInstance } from "./instance-update";
import { plainFields, nestedFields } from "./instance-fields";

/** User data that AWS takes, in bytes. */
const userDataLimit = 16_384;

/** What an interface of its own excludes: it has these itself. */
const interfaceConflicts = {
  associatePublicIpAddress: "associate_public_ip_address",
  privateIp: "private_ip",
  sourceDestCheck: "source_dest_check",
  subnetId: "subnet_id",
  vpcSecurityGroupIds: "vpc_security_group_ids",
} as const;

/** An instance, which runs as a machine. */
export const instance: ResourceType = {
  title: "EC2 Instance",
  describes: "DescribeInstances",
  fields: withTags({ ...plainFields, ...nestedFields }),
  outputs: ["arn", "instanceState", "primaryNetworkInterfaceId", "privateDns", "publicDns", "publicIp"],
  check: checkInstance,
  replaces: (field, _olds, news) =>
    (field === "userData" || field === "userDataBase64") && flagIn(news, "userDataReplaceOnChange") === true,
  // A stop and a start give another public address.
  changedOutputs: (olds, news) =>
    ["instanceType", "userData", "userDataBase64"].some((name) => !sameValue(olds[name], news[name]))
      ? ["publicIp", "publicDns"]
      : [],
  create: runInstance,
  settle: settleInstance,
  observe: observeInstance,
  describe: describeInstance,
  update: updateInstance,
  async delete(context, id, state) {
    if (flagIn(state, "forceDestroy") === true) {
      await allowTermination(context, id);
    }
    await terminateInstance(context, id);
  },
};

function checkInstance(inputs: PropertyMap): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const text = textIn(inputs, "userData") ?? "";
  const bytes = Buffer.byteLength(text);
  if (bytes > userDataLimit) {
    const reason = `expected length of user_data to be in the range (0 - ${userDataLimit}), got ${bytes} bytes`;
    failures.push({ property: "userData", reason });
  }
  const address = textIn(inputs, "privateIp");
  if (address !== undefined && !isIpv4(address)) {
    const reason = `expected private_ip to contain a valid IPv4 address, got: ${address}`;
    failures.push({ property: "privateIp", reason });
  }
  if (isGiven(inputs["primaryNetworkInterface"])) {
    for (const [name, argument] of Object.entries(interfaceConflicts)) {
      if (isGiven(inputs[name])) {
        const reason = `Conflicting configuration arguments: "primary_network_interface": conflicts with ${argument}`;
        failures.push({ property: "primaryNetworkInterface", reason });
      }
    }
  }
  if (isGiven(inputs["userData"]) && isGiven(inputs["userDataBase64"])) {
    const reason = `Conflicting configuration arguments: "user_data": conflicts with user_data_base64`;
    failures.push({ property: "userData", reason });
  }
  return [...failures, ...nestedFailures(inputs)];
}

function nestedFailures(inputs: PropertyMap): CheckFailure[] {
  const [metadata, volume] = [objectIn(inputs, "metadataOptions") ?? {}, objectIn(inputs, "rootBlockDevice") ?? {}];
  const enabled = ["enabled", "disabled"];
  const nested = [
    ...choiceFailures(metadata, "httpEndpoint", "metadata_options.0.http_endpoint", enabled),
    ...choiceFailures(metadata, "httpTokens", "metadata_options.0.http_tokens", ["optional", "required"]),
    ...choiceFailures(metadata, "instanceMetadataTags", "metadata_options.0.instance_metadata_tags", enabled),
    ...choiceFailures(volume, "volumeType", "root_block_device.0.volume_type", volumeTypes),
  ];
  const behavior = choiceFailures(inputs, "instanceInitiatedShutdownBehavior", "instance_initiated_shutdown_behavior", [
    "stop",
    "terminate",
  ]);
  return [...nested, ...behavior];
}

const volumeTypes = ["standard", "io1", "io2", "gp2", "sc1", "st1", "gp3"];
