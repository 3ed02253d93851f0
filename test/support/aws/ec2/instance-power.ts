import { setTimeout as sleep } from "node:timers/promises";
import { identityOf, isRunning } from "../../../../infra/core/workstation/processes";
import type { AccountData, Instance } from "../account-data";
import { ApiError, notFound } from "../api-error";
import type { Context } from "../provider/resource-type";
import { all, find, remove } from "./find";
import { machineSpec } from "./machine-spec";

/** What the operations on power need of a context: a test's console has no more. */
export type PowerContext = Pick<Context, "store" | "machines" | "signal">;

/** Tells the machine to boot; from then on its state is the instance's. */
export async function bootMachine(context: PowerContext, id: string, how: "launch" | "start"): Promise<void> {
  await context.machines[how](machineSpec(context.store.read(), id));
  await context.store.change((data) => {
    find(data, "instances", id).booted = true;
  });
}

/** Waits for EC2's "running", which comes long before SSH answers. */
export async function waitUntilRunning(context: PowerContext, id: string): Promise<void> {
  const { runningAt } = find(context.store.read(), "instances", id);
  await sleep(Math.max(0, runningAt - Date.now()), undefined, { signal: context.signal });
  await context.store.change((data) => passTime(data));
}

/** StopInstances, and the wait for "stopped". */
export async function stopInstance(context: PowerContext, id: string): Promise<void> {
  const { region } = find(context.store.read(), "instances", id);
  await context.store.call({ operation: "StopInstances", region, resource: id }, (data) => {
    live(data, id).state = "stopping";
  });
  await finishStop(context, id);
}

/** StartInstances, and the wait for "running". */
export async function startInstance(context: PowerContext, id: string): Promise<void> {
  const { region } = find(context.store.read(), "instances", id);
  await context.store.call({ operation: "StartInstances", region, resource: id }, (data) => {
    const found = live(data, id);
    if (found.state !== "stopped") {
      const reason = `The instance '${id}' is not in a state from which it can be started.`;
      throw new ApiError("IncorrectInstanceState", reason);
    }
    found.state = "pending";
    found.runningAt = Date.now() + data.pendingSeconds * 1000;
    Object.assign(found, { booted: false, booter: identityOf(process.pid) });
  });
  await bootMachine(context, id, "start");
  await waitUntilRunning(context, id);
}

/** TerminateInstances, and the wait for "terminated"; success if it is that already. */
export async function terminateInstance(context: PowerContext, id: string): Promise<void> {
  const { region } = find(context.store.read(), "instances", id);
  await context.store.call({ operation: "TerminateInstances", region, resource: id }, (data) => {
    const found = find(data, "instances", id);
    if (found.state !== "terminated") {
      found.state = "shutting-down";
    }
  });
  await finishTermination(context, id);
}

/**
 * Brings an instance's record up to what runs: the machine may have powered itself off, and a plugin that was killed may
 * have left a boot, a stop or a termination half done, which AWS would finish.
 */
export async function observeInstance(context: PowerContext, id: string): Promise<void> {
  await context.store.change((data) => passTime(data));
  const found = context.store.read().instances[id];
  if (found?.state === "stopping") {
    await finishStop(context, id);
  } else if (found?.state === "shutting-down") {
    await finishTermination(context, id);
  } else if (found !== undefined && isLeftUnbooted(found)) {
    await bootMachine(context, id, "launch");
  } else if (found?.state === "running" && found.booted) {
    const state = await context.machines.state(id);
    if (state === "gone" || (state === "stopped" && found.shutdownBehavior === "terminate")) {
      await finishTermination(context, id);
    } else if (state === "stopped") {
      await context.store.change((data) => noteStopped(data, id));
    }
  }
}

/** Whether the process that was booting the machine has been killed at that. */
function isLeftUnbooted({ state, booted, booter }: Instance): boolean {
  const rises = state === "pending" || state === "running";
  return rises && !booted && (booter === undefined || !isRunning(booter));
}

/** The same for every instance. */
export async function observeInstances(context: PowerContext): Promise<void> {
  for (const { id } of all(context.store.read(), "instances")) {
    await observeInstance(context, id);
  }
}

async function finishStop(context: PowerContext, id: string): Promise<void> {
  await context.machines.stop(id);
  await context.store.change((data) => noteStopped(data, id));
}

async function finishTermination(context: PowerContext, id: string): Promise<void> {
  await context.machines.terminate(id);
  await context.store.change((data) => noteTerminated(data, id));
}

/** Time alone makes a pending instance running. */
function passTime(data: AccountData): void {
  for (const found of all(data, "instances")) {
    if (found.state === "pending" && Date.now() >= found.runningAt) {
      found.state = "running";
    }
  }
}

function live(data: AccountData, id: string): Instance {
  passTime(data);
  const found = find(data, "instances", id);
  if (found.state === "terminated" || found.state === "shutting-down") {
    throw notFound("instances", id);
  }
  return found;
}

function noteStopped(data: AccountData, id: string): void {
  const found = find(data, "instances", id);
  if (found.state !== "terminated") {
    found.state = "stopped";
  }
}

/** The record stays, as AWS keeps it for an hour; the disk that came with the launch goes. */
function noteTerminated(data: AccountData, id: string): void {
  const found = find(data, "instances", id);
  if (found.state === "terminated") {
    return;
  }
  found.state = "terminated";
  delete find(data, "networkInterfaces", found.networkInterfaceId).attachment;
  if (data.volumes[found.rootVolumeId]?.deleteOnTermination === true) {
    remove(data, "volumes", found.rootVolumeId);
  }
}
