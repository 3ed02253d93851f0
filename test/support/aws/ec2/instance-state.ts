import type { PropertyMap } from "../../rpc/property-value";
import { requiredText } from "../provider/inputs";
import type { Context, ResourceType } from "../provider/resource-type";
import { choiceFailures, find } from "./find";
import { observeInstance, startInstance, stopInstance, waitUntilRunning } from "./instance-power";

/** Whether an instance runs. Its id is the instance's; deletion leaves the instance as it is. */
export const instanceState: ResourceType = {
  title: "EC2 Instance State",
  describes: "DescribeInstances",
  fields: {
    force: { type: "boolean", default: false },
    instanceId: { type: "string", required: true, replaces: true },
    state: { type: "string", required: true },
  },
  outputs: [],
  check: (inputs) => choiceFailures(inputs, "state", "state", ["running", "stopped"]),
  async create(context, inputs) {
    const id = requiredText(inputs, "instanceId");
    await bring(context, id, inputs);
    return id;
  },
  observe: observeInstance,
  describe(data, id) {
    const found = data.instances[id];
    return found === undefined || found.state === "terminated" ? undefined : { instanceId: id, state: found.state };
  },
  update: (context, id, _olds, news) => bring(context, id, news),
  delete: () => Promise.resolve(),
};

async function bring(context: Context, id: string, inputs: PropertyMap): Promise<void> {
  const wanted = requiredText(inputs, "state");
  await observeInstance(context, id);
  if (find(context.store.read(), "instances", id).state === "pending") {
    await waitUntilRunning(context, id);
  }
  if (find(context.store.read(), "instances", id).state === wanted) {
    return;
  }
  await (wanted === "stopped" ? stopInstance(context, id) : startInstance(context, id));
}
