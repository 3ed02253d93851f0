import type { PropertyMap } from "../../rpc/property-value";
import type { CheckFailure } from "../../rpc/provider";
import { flagIn, objectIn, textIn } from "../provider/inputs";
import { withTags, type ResourceType } from "../provider/resource-type";
import { choiceFailures } from "./find";
import { describeInstance } from "./instance-describe";
import { runInstance, settleInstance } from "./instance-launch";
import { observeInstance, terminateInstance } from "./instance-power";
import { updateInstance } from "./instance-update";
import { plainFields, nestedFields } from "./instance-fields";

/** User data that AWS takes, in bytes. */
const userDataLimit = 16_384;

/** An instance, which runs as a machine. */
export const instance: ResourceType = {
  title: "EC2 Instance",
  describes: "DescribeInstances",
  fields: withTags({ ...plainFields, ...nestedFields }),
  outputs: ["arn", "instanceState", "primaryNetworkInterfaceId", "privateDns", "publicDns", "publicIp"],
  check: checkInstance,
  replaces: (field, _olds, news) => field === "userData" && flagIn(news, "userDataReplaceOnChange") === true,
  create: runInstance,
  settle: settleInstance,
  observe: observeInstance,
  describe: describeInstance,
  update: updateInstance,
  delete: terminateInstance,
};

function checkInstance(inputs: PropertyMap): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const text = textIn(inputs, "userData") ?? "";
  const bytes = Buffer.byteLength(text);
  if (bytes > userDataLimit) {
    const reason = `expected length of user_data to be in the range (0 - ${userDataLimit}), got ${bytes} bytes`;
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
