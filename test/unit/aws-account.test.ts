import { execFile, spawn } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Unknown, type PropertyMap } from "../support/rpc/property-value";
import { AwsAccount } from "../support/aws/account";
import { Driver } from "../support/aws/driver";
import { launch, sampleAmi, sampleNetwork, sampleSettings, types } from "../support/aws/sample-network";
import { testFolder } from "../support/test-folder";

let folder: string;
let account: AwsAccount;

beforeEach(() => {
  folder = testFolder();
  account = AwsAccount.create(join(folder, "account"), sampleSettings);
});

afterEach(async () => {
  await account.close();
});

const region = { region: "ap-northeast-2" };

describe("the provider's configuration", () => {
  it("is refused without credentials, without a region, and with a key of nobody", async () => {
    await expect(Driver.start({ ISTIO_LAB_TEST_AWS: account.folder }, region)).rejects.toThrow(
      "No valid credential sources found",
    );
    await expect(Driver.start(account.environment, {})).rejects.toThrow("invalid AWS Region: ");
    await expect(Driver.start(account.environment, { region: "mars-1" })).rejects.toThrow("invalid AWS Region: mars-1");
    const stranger = { ...account.environment, AWS_ACCESS_KEY_ID: "AKIANOBODY" };
    await expect(Driver.start(stranger, region)).rejects.toThrow(
      "operation error STS: GetCallerIdentity, api error InvalidClientTokenId: The security token included in the",
    );
  });

  it("waits in a preview that does not know the region yet", async () => {
    const driver = await Driver.start(account.environment, { region: new Unknown() });
    expect(account.calls()).toEqual([]);
    await expect(driver.create(types.vpc, { cidrBlock: "10.0.0.0/16" })).rejects.toThrow("region is not known");
  });

  it("replaces everything if the region changes, and nothing if anything else does", async () => {
    const { provider } = await Driver.start(account.environment);
    const [olds, news] = [region, { region: "us-east-1" }];
    const about = {
      urn: "",
      type: "",
      name: "",
      id: "",
      state: {},
      ignoreChanges: [],
      signal: new AbortController().signal,
    };
    const request = { ...about, oldInputs: olds };
    expect(await provider.diffConfig({ ...request, news })).toEqual({
      changes: true,
      diffs: ["region"],
      replaces: ["region"],
    });
    const profiled = { ...region, profile: "lab" };
    expect(await provider.diffConfig({ ...request, news: profiled })).toMatchObject({ changes: true, replaces: [] });
  });
});

describe("a preview", () => {
  it("changes nothing, and knows what it can know", async () => {
    const { provider } = await Driver.start(account.environment);
    const type = types.instance;
    const about = { urn: `urn:pulumi:test::lab::${type}::a`, type, name: "a", signal: new AbortController().signal };
    const news = {
      ami: new Unknown(),
      instanceType: "t3.medium",
      primaryNetworkInterface: new Unknown(),
      tags: { lab: "vm" },
    };
    const randomSeed = new Uint8Array(32);
    const { inputs, failures } = await provider.check({
      ...about,
      olds: undefined,
      news,
      randomSeed,
      autonaming: undefined,
    });
    expect(failures).toEqual([]);
    const made = await provider.create({ ...about, inputs, preview: true });
    expect(made.id).toBe("");
    expect(made.state).toMatchObject({
      arn: new Unknown(),
      instanceType: "t3.medium",
      publicIp: new Unknown(),
      region: "ap-northeast-2",
      tagsAll: { lab: "vm" },
    });
    expect(account.changes()).toEqual([]);
    expect(await account.resources()).toEqual([]);
  });
});

describe("functions of the provider", () => {
  let driver: Driver;

  beforeEach(async () => {
    driver = await Driver.start(account.environment);
  });

  it("read a parameter, and say where there is none", async () => {
    const read = (name: string) => driver.invoke("aws:ssm/getParameter:getParameter", { name });
    expect(await read("/aws/service/image")).toMatchObject({
      arn: "arn:aws:ssm:ap-northeast-2::parameter/aws/service/image",
      type: "String",
      value: sampleAmi,
      version: 1,
    });
    await expect(read("/none")).rejects.toThrow("reading SSM Parameter (/none): couldn't find resource");
    await expect(driver.invoke("aws:ec2/getAmi:getAmi", {})).rejects.toThrow("no function aws:ec2/getAmi:getAmi");
  });

  const tagged = async (args: PropertyMap): Promise<string[]> => {
    const found = await driver.invoke("aws:resourcegroupstaggingapi/getResources:getResources", args);
    const list = found["resourceTagMappingLists"] as readonly { readonly resourceArn: string }[];
    return list.map(({ resourceArn }) => resourceArn.replace(/^.*:/, "").replace(/\/.*$/, ""));
  };

  it("find an Elastic IP and a route table, and say in the official provider's words if there is none", async () => {
    const { gateway, vpc, subnet } = await sampleNetwork(driver);
    const address = await driver.create(types.address, { tags: { a: "b" } });
    const card = await driver.create(types.card, { subnetId: subnet.id });
    const led = await driver.create(types.led, { allocationId: address.id, networkInterfaceId: card.id });
    const elasticIp = (args: PropertyMap) => driver.invoke("aws:ec2/getElasticIp:getElasticIp", args);
    expect(await elasticIp({ id: address.id })).toMatchObject({
      associationId: led.id,
      networkInterfaceId: card.id,
      publicIp: address.state["publicIp"],
      tags: { a: "b" },
    });
    await expect(elasticIp({ id: "eipalloc-0" })).rejects.toThrow("no matching EC2 EIP found");
    const routes = [{ cidrBlock: "0.0.0.0/0", gatewayId: gateway.id }];
    const table = await driver.create(types.table, { vpcId: vpc.id, routes });
    const routed = await driver.create(types.routed, { routeTableId: table.id, subnetId: subnet.id });
    const routeTable = (args: PropertyMap) => driver.invoke("aws:ec2/getRouteTable:getRouteTable", args);
    const found = await routeTable({ routeTableId: table.id });
    expect(found).toMatchObject({ id: table.id, routes, vpcId: vpc.id });
    expect(found["associations"]).toMatchObject([{ routeTableAssociationId: routed.id, subnetId: subnet.id }]);
    await expect(routeTable({ routeTableId: "rtb-0" })).rejects.toThrow("query returned no results. Please change");
  });

  it("list what has tags, by tag", async () => {
    const network = await sampleNetwork(driver);
    await driver.update(network.vpc, { tags: { lab: "vm" } });
    await driver.update(network.subnet, { tags: { lab: "other" } });
    const disk = { rootBlockDevice: { tags: { lab: "vm" } } };
    await launch(driver, network, { tags: { lab: "vm" }, ...disk });
    const filter = (...values: string[]) => ({ tagFilters: [{ key: "lab", values }] });
    expect(await tagged({})).toEqual(["vpc", "subnet", "instance", "volume"]);
    expect(await tagged(filter())).toEqual(["vpc", "subnet", "instance", "volume"]);
    expect(await tagged(filter("vm"))).toEqual(["vpc", "instance", "volume"]);
    expect(await tagged(filter("other", "vm"))).toHaveLength(4);
    expect(await tagged({ tagFilters: [{ key: "none" }] })).toEqual([]);
  });

  it("list what was deleted a while longer, and a terminated instance for long", async () => {
    const lag = (tagIndexLagSeconds: number) => account.change((data) => Object.assign(data, { tagIndexLagSeconds }));
    await lag(3600);
    const network = await sampleNetwork(driver);
    const disk = { rootBlockDevice: { tags: { lab: "vm" } } };
    const instance = await launch(driver, network, { tags: { lab: "vm" }, ...disk });
    await driver.delete(instance);
    expect(await tagged({})).toEqual(["instance", "volume"]);
    expect((await account.resources()).map(({ type }) => type)).not.toContain("volume");
    await lag(0);
    expect(await tagged({})).toEqual(["instance"]);
  });
});

describe("the account's file", () => {
  it("belongs to its owner alone", async () => {
    const driver = await Driver.start(account.environment);
    await driver.create(types.vpc, { cidrBlock: "10.0.0.0/16" });
    for (const name of ["account.json", "calls.jsonl"]) {
      expect(statSync(join(account.folder, name)).mode & 0o777).toBe(0o600);
    }
  });

  it("loses nothing if several processes change it at once, and one of them is killed", async () => {
    const script = join(folder, "change.ts");
    const module = join(__dirname, "../support/aws/account");
    writeFileSync(
      script,
      `import { AwsAccount } from ${JSON.stringify(module)};
       const account = AwsAccount.open(${JSON.stringify(account.folder)});
       const wait = (until) => { while (Date.now() < until); };
       const add = (data) => {
         if (process.argv[2] === "hang") { process.stdout.write("in"); for (;;); }
         data.nextPublicAddress++;
         wait(Date.now() + 3);
       };
       const all = async () => { for (let i = 0; i < 50; i++) await account.change(add); };
       wait(Number(process.argv[3]));
       void Promise.all([all(), all()]);`,
    );
    const tsx = join(__dirname, "../../node_modules/.bin/tsx");
    const stuck = spawn(process.execPath, ["--import", "tsx", script, "hang"], { cwd: join(__dirname, "../..") });
    await new Promise((resolve) => stuck.stdout.once("data", resolve));
    const start = String(Date.now() + 1500);
    const runs = [1, 2].map(() => promisify(execFile)(tsx, [script, "add", start]));
    stuck.kill("SIGKILL");
    await Promise.all(runs);
    expect(account.read().nextPublicAddress).toBe(201);
  });

  it("journals every call, with its outcome", async () => {
    const driver = await Driver.start(account.environment);
    const vpc = await driver.create(types.vpc, { cidrBlock: "10.0.0.0/16" });
    await driver.create(types.subnet, { vpcId: vpc.id, cidrBlock: "10.0.0.0/24" });
    await expect(driver.create(types.subnet, { vpcId: vpc.id, cidrBlock: "10.0.0.0/25" })).rejects.toThrow();
    await expect(driver.delete(vpc)).rejects.toThrow();
    await driver.read(vpc);
    const brief = account.calls().map(({ operation, changes, outcome }) => [operation, changes, outcome]);
    expect(brief).toEqual([
      ["GetCallerIdentity", false, "ok"],
      ["CreateVpc", true, "ok"],
      ["CreateSubnet", true, "ok"],
      ["CreateSubnet", true, "InvalidSubnet.Conflict"],
      ["DeleteVpc", true, "DependencyViolation"],
      ["DescribeVpcs", false, "ok"],
    ]);
    expect(account.changes()).toEqual(["CreateVpc", "CreateSubnet"]);
    expect(account.calls()[1]).toMatchObject({ region: "ap-northeast-2", resource: vpc.id });
    expect(readFileSync(join(account.folder, "calls.jsonl"), "utf8")).toMatch(/^\{"time":"\d{4}-/);
  });
});
