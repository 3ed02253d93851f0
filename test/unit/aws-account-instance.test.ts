import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { processStart } from "../../infra/core/workstation/processes";
import type { AwsAccount } from "../support/aws/account";
import type { Driven, Driver } from "../support/aws/driver";
import { NotedMachines } from "../support/aws/noted-machines";
import {
  launch as launchIn,
  sampleAccount,
  samplePublicKey,
  types,
  type SampleNetwork,
} from "../support/aws/sample-network";

let account: AwsAccount;
let driver: Driver;
let network: SampleNetwork;

beforeEach(async () => {
  ({ account, driver, network } = await sampleAccount({ addressNumber: 9 }));
});

afterEach(() => account.close());

const launch = (more = {}): Promise<Driven> => launchIn(driver, network, more);
/** An interface to which an Elastic IP leads, and the input by which an instance takes it. */
async function led(place = {}) {
  const { id } = await driver.create(types.card, { subnetId: network.subnet.id, ...place });
  const address = await driver.create(types.address, { domain: "vpc" });
  const association = await driver.create(types.led, { allocationId: address.id, networkInterfaceId: id });
  return { id, association, card: { primaryNetworkInterface: { networkInterfaceId: id } } };
}
const machine = (id: string) => new NotedMachines(account.folder).specification(id);
const ran = () => account.changes().filter((operation) => /Instance|Volume|Tags/.test(operation));

describe("an instance", () => {
  it.each([
    ["an image of no region", { ami: "ami-00000000000000000" }, "InvalidAMIID.NotFound: The image id '[ami-000000"],
    ["an image id of no form", { ami: "ubuntu" }, 'InvalidAMIID.Malformed: Invalid id: "ubuntu"'],
    ["a type that there is not", { instanceType: "t9.huge" }, "InvalidInstanceType: The following supplied instance"],
    ["a type for other processors", { instanceType: "t4g.medium" }, "InvalidInstanceType"],
    ["a key pair that there is not", { keyName: "lab" }, "InvalidKeyPair.NotFound: The key pair 'lab' does not exist"],
    ["user data of 16 KB and a byte", { userData: "x".repeat(16_385) }, "to be in the range (0 - 16384), got 16385"],
    ["no interface", { primaryNetworkInterface: null }, 'The argument "primary_network_interface" is required'],
    ["a disk smaller than its image", { rootBlockDevice: { volumeSize: 4 } }, "Volume of size 4GB is smaller than"],
    ["an interface that there is not", { primaryNetworkInterface: { networkInterfaceId: "eni-0" } }, "NotFound"],
    ["another way to shut down", { instanceInitiatedShutdownBehavior: "reboot" }, 'to be one of ["stop" "terminate"]'],
    ["tokens that are neither", { metadataOptions: { httpTokens: "maybe" } }, 'one of ["optional" "required"], got'],
  ])("is refused with %s", async (_what, inputs, message) => {
    await expect(launch(inputs)).rejects.toThrow(message);
    expect((await account.resources()).filter(({ type }) => type === "instance" || type === "volume")).toEqual([]);
  });

  it("takes user data of 16 KB", async () => {
    const { state } = await launch({ userData: "x".repeat(16_384) });
    expect(state["instanceState"]).toBe("running");
  });

  it("boots a machine with all that it was given", async () => {
    await driver.create(types.key, { keyName: "lab", publicKey: samplePublicKey });
    const http = { ipProtocol: "tcp", fromPort: 80, toPort: 82, cidrIpv4: "0.0.0.0/0" };
    await driver.create(types.ingress, { ...http, securityGroupId: network.group.id });
    const wider = { ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIpv4: "192.168.0.0/15" };
    await driver.create(types.ingress, { ...wider, securityGroupId: network.group.id });
    const inside = { ipProtocol: "-1", cidrIpv4: "192.168.0.0/16" };
    await driver.create(types.ingress, { ...inside, securityGroupId: network.group.id });
    const { card } = await led({ privateIps: ["192.168.10.100"], securityGroups: [network.group.id] });
    const { id, state } = await launch({
      keyName: "lab",
      ...card,
      userData: "#!/bin/sh\n",
      metadataOptions: { instanceMetadataTags: "enabled" },
      tags: { Name: "k3s-s" },
    });
    expect(machine(id)).toEqual({
      instanceId: id,
      image: "image",
      subnetId: network.subnet.id,
      subnetCidr: "192.168.10.0/24",
      privateIp: "192.168.10.100",
      publicIp: "127.77.9.1",
      openPorts: [22, 80, 81, 82, 443],
      userData: "#!/bin/sh\n",
      publicKey: samplePublicKey,
      instanceType: "t3.medium",
      region: "ap-northeast-2",
      availabilityZone: "ap-northeast-2a",
      tags: { Name: "k3s-s" },
      metadataTags: true,
    });
    expect(state).toMatchObject({
      arn: `arn:aws:ec2:ap-northeast-2:123456789012:instance/${id}`,
      privateDns: "ip-192-168-10-100.ap-northeast-2.compute.internal",
      publicDns: "ec2-127-77-9-1.ap-northeast-2.compute.amazonaws.com",
      publicIp: "127.77.9.1",
    });
    expect(id).toMatch(/^i-0[0-9a-f]{16}$/);
  });

  it("does not boot if everything may come in from outside the VPC", async () => {
    const everything = { ipProtocol: "-1", cidrIpv4: "0.0.0.0/0", securityGroupId: network.group.id };
    await driver.create(types.ingress, everything);
    await expect(launch()).rejects.toThrow("this test account cannot publish all ports");
    expect((await account.instances()).map(({ state }) => state)).toEqual(["running"]);
  });

  it("has its interface for itself, which outlives it", async () => {
    const { card, id } = await led();
    const first = await launch(card);
    await expect(launch(card)).rejects.toThrow(`InvalidNetworkInterface.InUse: Interface: [${id}] in use.`);
    await driver.delete(first);
    expect((await launch(card)).state["primaryNetworkInterfaceId"]).toBe(id);
  });

  it("takes its disk with it, but not one that is to stay", async () => {
    const kept = await launch({ rootBlockDevice: { deleteOnTermination: false } });
    const gone = await launch();
    const volumes = () => Object.values(account.read().volumes).map(({ instanceId }) => instanceId);
    expect(volumes()).toEqual([kept.id, gone.id]);
    await driver.delete(kept);
    await driver.delete(gone);
    expect(volumes()).toEqual([kept.id]);
    expect(await new NotedMachines(account.folder).state(gone.id)).toBe("gone");
  });
});

describe("an instance's public address", () => {
  it("is that of the Elastic IP which leads to its interface, also over a stop and a start", async () => {
    const { card, association } = await led();
    const instance = await launch(card);
    expect(instance.state["publicIp"]).toBe("127.77.9.1");
    const power = await driver.create(types.power, { instanceId: instance.id, state: "stopped" });
    expect((await account.instances())[0]).toMatchObject({ state: "stopped", publicIp: "127.77.9.1" });
    await driver.update(power, { state: "running" });
    expect((await account.instances())[0]).toMatchObject({ state: "running", publicIp: "127.77.9.1" });
    expect(machine(instance.id)?.publicIp).toBe("127.77.9.1");
    await driver.delete(association);
    expect((await account.instances())[0]?.publicIp).toBeUndefined();
  });

  it("does not come by itself, not even with a subnet that gives them, at no launch and no start", async () => {
    await driver.update(network.subnet, { mapPublicIpOnLaunch: true });
    const { id } = await launch();
    const power = await driver.create(types.power, { instanceId: id, state: "stopped" });
    await driver.update(power, { state: "running" });
    expect((await account.instances())[0]).toMatchObject({ state: "running", publicIp: undefined });
  });
});

describe("an instance that is changed in place", () => {
  it.each([
    ["its type", { instanceType: "m5.large" }, ["StopInstances", "ModifyInstanceAttribute", "StartInstances"]],
    ["its user data", { userData: "echo 2" }, ["StopInstances", "ModifyInstanceAttribute", "StartInstances"]],
    ["its tags", { tags: { a: "b" } }, ["CreateTags"]],
    ["its metadata options", { metadataOptions: { httpTokens: "required" } }, ["ModifyInstanceMetadataOptions"]],
    ["its disk's size", { rootBlockDevice: { volumeSize: 30 } }, ["ModifyVolume"]],
    ["its disk's tags", { rootBlockDevice: { tags: { a: "b" } } }, ["CreateTags"]],
    ["how it shuts down", { instanceInitiatedShutdownBehavior: "terminate" }, ["ModifyInstanceAttribute"]],
  ])("by %s takes exactly the calls of AWS that this takes", async (_what, changes, calls) => {
    const instance = await launch({ userData: "echo 1" });
    const before = ran().length;
    const updated = await driver.update(instance, changes);
    expect(ran().slice(before)).toEqual(calls);
    expect(updated.state).toMatchObject(changes);
    expect((await driver.read(updated))?.state).toMatchObject(changes);
  });

  it("tells the machine its new tags while it runs, its new type and user data when it starts", async () => {
    const tagged = await driver.update(await launch(), { tags: { a: "b" } });
    expect(machine(tagged.id)?.tags).toEqual({ a: "b" });
    await driver.update(tagged, { instanceType: "t3.large", userData: "echo" });
    expect(machine(tagged.id)).toMatchObject({ tags: { a: "b" }, instanceType: "t3.large", userData: "echo" });
  });

  it("runs on with its old type if AWS refuses the new one", async () => {
    const instance = await launch();
    await expect(driver.update(instance, { instanceType: "t9.huge" })).rejects.toThrow("InvalidInstanceType");
    expect((await account.instances())[0]).toMatchObject({ state: "running", instanceType: "t3.medium" });
  });

  it("does not shrink its disk", async () => {
    const instance = await launch({ rootBlockDevice: { volumeSize: 30 } });
    await expect(driver.update(instance, { rootBlockDevice: { volumeSize: 20 } })).rejects.toThrow(
      "New size cannot be smaller than existing size",
    );
  });
});

describe("an instance that ends past Pulumi", () => {
  it("counts as gone once it is terminated, and its deletion succeeds", async () => {
    const instance = await launch();
    const power = await driver.create(types.power, { instanceId: instance.id, state: "running" });
    await account.terminate(instance.id);
    expect([await driver.read(instance), await driver.read(power)]).toEqual([undefined, undefined]);
    await driver.delete(instance);
    expect((await account.instances()).map(({ state }) => state)).toEqual(["terminated"]);
  });

  it.each([
    ["stopped if it powered itself off", "stop", "stopped"],
    ["terminated if that is its way to shut down", "terminate", "terminated"],
  ])("is %s", async (_what, instanceInitiatedShutdownBehavior, state) => {
    const instance = await launch({ instanceInitiatedShutdownBehavior });
    const power = await driver.create(types.power, { instanceId: instance.id, state: "running" });
    await account.powerOff(instance.id);
    expect((await driver.read(power))?.inputs["state"]).toBe(state === "stopped" ? "stopped" : undefined);
    expect((await account.instances())[0]).toMatchObject({ state });
  });

  it("boots at the next look if the process that was booting it was killed", async () => {
    const { id } = await launch();
    await new NotedMachines(account.folder).terminate(id);
    const left = (booter: object) =>
      account.change((data) => Object.assign(data.instances[id]!, { booted: false, booter }));
    await left({ pid: process.pid, started: processStart(process.pid) });
    await account.instances();
    expect(machine(id)).toBeUndefined();
    await left({ pid: process.pid, started: "before" });
    await account.instances();
    expect(machine(id)?.instanceId).toBe(id);
  });

  it("is finished by whoever looks next if a stop or a termination was left half done", async () => {
    const [stopping, ending] = [await launch(), await launch()];
    await account.change((data) => {
      data.instances[stopping.id]!.state = "stopping";
      data.instances[ending.id]!.state = "shutting-down";
    });
    expect((await account.instances()).map(({ state }) => state)).toEqual(["stopped", "terminated"]);
  });
});

describe("an instance that takes time to run", () => {
  it("is pending before it runs", async () => {
    await account.change((data) => Object.assign(data, { pendingSeconds: 0.6 }));
    const launched = launch();
    await expect.poll(async () => (await account.instances()).map(({ state }) => state)).toEqual(["pending"]);
    expect((await launched).state["instanceState"]).toBe("running");
  });

  it("is listed by its state and its tags", async () => {
    const a = await launch({ tags: { lab: "vm" } });
    const b = await launch({ tags: { lab: "other" } });
    await driver.create(types.power, { instanceId: b.id, state: "stopped" });
    const ids = async (args = {}) => (await driver.invoke("aws:ec2/getInstances:getInstances", args))["ids"];
    expect(await ids()).toEqual([a.id]);
    expect(await ids({ instanceStateNames: ["running", "stopped"] })).toEqual([a.id, b.id]);
    expect(await ids({ instanceStateNames: ["stopped"], instanceTags: { lab: "vm" } })).toEqual([]);
  });
});
