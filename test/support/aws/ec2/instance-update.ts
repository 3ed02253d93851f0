import { sameValue } from "../../rpc/property-tree";
import type { PropertyMap } from "../../rpc/property-value";
import type { AccountData, Instance } from "../account-data";
import { invalidValue } from "../api-error";
import { flagIn, numberIn, objectIn, requiredText, tagsIn, textIn } from "../provider/inputs";
import type { Context } from "../provider/resource-type";
import { find, updateTags } from "./find";
import { metadataOptionsIn, userDataIn, volumeTagsIn } from "./instance-launch";
import { observeInstance, startInstance, stopInstance } from "./instance-power";
import { refuseInstanceType } from "./instance-types";

/** Changes an instance in place, each kind of change with AWS's own call. */
export async function updateInstance(
  context: Context,
  id: string,
  olds: PropertyMap,
  news: PropertyMap,
): Promise<void> {
  await observeInstance(context, id);
  const before = find(context.store.read(), "instances", id).tags;
  await updateTags(context, "instances", id, tagsIn(news));
  if (!sameValue(before, tagsIn(news))) {
    await context.machines.setTags(id, tagsIn(news));
  }
  if (changed(olds, news, "metadataOptions")) {
    await modify(context, "ModifyInstanceMetadataOptions", id, (_data, found) => {
      found.metadataOptions = metadataOptionsIn(news, found.metadataOptions);
    });
  }
  await updateAttributes(context, id, olds, news);
  await updateVolume(context, id, olds, news);
  await updateStopped(context, id, olds, news);
}

function changed(olds: PropertyMap, news: PropertyMap, ...names: readonly string[]): boolean {
  return names.some((name) => !sameValue(olds[name], news[name]));
}

function modify(
  context: Context,
  operation: string,
  id: string,
  change: (data: AccountData, found: Instance) => void,
): Promise<void> {
  return context.store.call({ operation, region: context.region, resource: id }, (data) => {
    change(data, find(data, "instances", id));
  });
}

async function updateAttributes(context: Context, id: string, olds: PropertyMap, news: PropertyMap): Promise<void> {
  const behavior = "instanceInitiatedShutdownBehavior";
  if (changed(olds, news, behavior)) {
    await modify(context, "ModifyInstanceAttribute", id, (_data, found) => {
      found.shutdownBehavior = textIn(news, behavior) ?? found.shutdownBehavior;
    });
  }
}

async function updateVolume(context: Context, id: string, olds: PropertyMap, news: PropertyMap): Promise<void> {
  if (!changed(olds, news, "rootBlockDevice")) {
    return;
  }
  const wanted = objectIn(news, "rootBlockDevice") ?? {};
  const old = objectIn(olds, "rootBlockDevice") ?? {};
  const { rootVolumeId } = find(context.store.read(), "instances", id);
  if (changed(old, wanted, "volumeSize", "volumeType")) {
    await context.store.call({ operation: "ModifyVolume", region: context.region, resource: rootVolumeId }, (data) => {
      const volume = find(data, "volumes", rootVolumeId);
      const size = numberIn(wanted, "volumeSize") ?? volume.size;
      if (size < volume.size) {
        throw invalidValue("New size cannot be smaller than existing size");
      }
      volume.size = size;
      volume.type = textIn(wanted, "volumeType") ?? volume.type;
    });
  }
  const goes = flagIn(wanted, "deleteOnTermination") ?? true;
  if (goes !== find(context.store.read(), "volumes", rootVolumeId).deleteOnTermination) {
    await modify(context, "ModifyInstanceAttribute", id, (data) => {
      find(data, "volumes", rootVolumeId).deleteOnTermination = goes;
    });
  }
  await updateTags(context, "volumes", rootVolumeId, volumeTagsIn(news));
}

/** What only a stopped instance takes; the official provider starts it again, also one that was stopped before. */
async function updateStopped(context: Context, id: string, olds: PropertyMap, news: PropertyMap): Promise<void> {
  const type = changed(olds, news, "instanceType");
  const userData = changed(olds, news, "userData");
  if (!type && !userData) {
    return;
  }
  const instanceType = requiredText(news, "instanceType");
  await stopInstance(context, id);
  try {
    await modify(context, "ModifyInstanceAttribute", id, (_data, found) => {
      refuseInstanceType(instanceType);
      found.instanceType = instanceType;
      found.userData = userData ? userDataIn(news) : found.userData;
    });
  } finally {
    await startInstance(context, id);
  }
}
