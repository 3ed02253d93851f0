import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { stackTags } from "../../infra/core/aws-inventory";
import { checkResource } from "../support/aws/provider/check";
import { resourceTypes } from "../support/aws/ec2/index";
import { awsRegistrations, CALLER, PUBLIC_ADDRESSES } from "../support/aws-lab";
import { isSecret, nameOf, registered, type Registration } from "../support/mocks";
import { owner, toolchain } from "../support/toolchain";
import { testFolder } from "../support/test-folder";

let all: Registration[];
beforeAll(async () => {
  all = await awsRegistrations();
});

const find = (name: string) => registered(all, name);
const ofType = (type: string) => all.filter((one) => one.type === type);
const instances = () => ofType("aws:ec2/instance:Instance");
const ingress = () => ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");

/** Types that AWS cannot tag, or that are no thing of their own. */
const UNTAGGABLE = [
  "aws:ec2/routeTableAssociation:RouteTableAssociation",
  "aws:ec2/eipAssociation:EipAssociation",
  "aws:ec2transitgateway/instanceState:InstanceState",
];

describe("the vm lab on AWS", () => {
  it("registers the notes' resources and those that its README explains, and nothing else of AWS", () => {
    const counted = new Map<string, number>();
    for (const { type } of all.filter((one) => one.type.startsWith("aws:"))) {
      counted.set(type, (counted.get(type) ?? 0) + 1);
    }
    expect(Object.fromEntries([...counted].sort(([one], [other]) => one.localeCompare(other)))).toEqual({
      "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": 1,
      "aws:ec2/eip:Eip": 2,
      "aws:ec2/eipAssociation:EipAssociation": 2,
      "aws:ec2/instance:Instance": 2,
      "aws:ec2/internetGateway:InternetGateway": 1,
      "aws:ec2/keyPair:KeyPair": 1,
      "aws:ec2/networkInterface:NetworkInterface": 2,
      "aws:ec2/routeTable:RouteTable": 1,
      "aws:ec2/routeTableAssociation:RouteTableAssociation": 2,
      "aws:ec2/securityGroup:SecurityGroup": 1,
      "aws:ec2/subnet:Subnet": 2,
      "aws:ec2/vpc:Vpc": 1,
      "aws:ec2transitgateway/instanceState:InstanceState": 2,
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": 1,
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": 6,
    });
  });

  it("gives no resource an input that the test account does not know", () => {
    const failures = all
      .filter(({ type }) => type.startsWith("aws:"))
      .flatMap(({ type, name, inputs }) => {
        const text = JSON.stringify(inputs);
        const news = JSON.parse(text, (_, value: { value: string }) =>
          isSecret(value) ? value.value : value,
        ) as never;
        const request = { urn: "", type, name, olds: undefined, news, randomSeed: new Uint8Array(32) };
        return checkResource(resourceTypes[type]!, {
          ...request,
          autonaming: undefined,
          signal: new AbortController().signal,
        }).failures;
      });
    expect(failures).toEqual([]);
  });

  it("makes every one of them with the one provider, in the region that was asked for", () => {
    const own = all.filter(({ type }) => type.startsWith("aws:"));
    expect(
      own.filter(({ provider }) => !provider.includes("pulumi:providers:aws::aws::")).map(({ name }) => name),
    ).toEqual([]);
    expect(find("aws").inputs["region"]).toBe("ap-northeast-2");
  });

  it("tags every resource with lab, stack, owner and expiry, and with the name by which it is found again", () => {
    const taggable = all.filter(({ type }) => type.startsWith("aws:") && !UNTAGGABLE.includes(type));
    const wrong = taggable.filter(({ name, inputs }) => {
      const { Name, ...tags } = inputs["tags"] as Record<string, string>;
      const wanted = {
        ...stackTags(owner),
        resource: name,
        lab: "vm",
        owner: "student",
        expiry: "2026-01-01T08:00:00Z",
      };
      return !Name || JSON.stringify(Object.entries(tags).sort()) !== JSON.stringify(Object.entries(wanted).sort());
    });
    expect([taggable.length, wrong.map(({ name }) => name)]).toEqual([21, []]);
  });

  it("has no two resources of one name", () => {
    const names = all.map(({ type, name }) => `${type} ${name}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it("builds everything above cluster and hosts as the local lab does", () => {
    for (const name of ["vm-control-plane-install", "vm-store-webapp-deployment", "vm-members-forum-vm-join"]) {
      expect(find(name).name).toBe(name);
    }
    expect(all.filter(({ name }) => name.includes("metallb")).map(({ name }) => name)).toEqual([]);
    expect(find("vm-east-west-install").inputs["stdin"]).not.toContain("metallb");
  });

  it("asks at the public address whether forum answers", () => {
    expect(find("vm-answers-wait").inputs["environment"]).toMatchObject({
      URL: `http://${PUBLIC_ADDRESSES["k3s-s"]}:30000/api/users`,
    });
  });

  it("joins the VM through the address that ServiceLB gives the east-west gateway: that of k3s-s", () => {
    expect(find("vm-members-forum-vm-configuration").inputs["environment"]).toMatchObject({
      INGRESS_ADDRESS: "192.168.10.10",
      VM_ADDRESS: "192.168.10.200",
    });
  });
});

describe("security of the vm lab on AWS", () => {
  it("CKV_AWS_79: wants version 2 of the instance metadata service, and lets no pod reach it", () => {
    expect(instances().map(({ inputs }) => inputs["metadataOptions"])).toEqual(
      Array(2).fill({
        httpEndpoint: "enabled",
        httpTokens: "required",
        httpPutResponseHopLimit: 1,
        instanceMetadataTags: "enabled",
      }),
    );
  });

  it("CKV_AWS_8: encrypts every volume, and removes it with its instance", () => {
    for (const { inputs } of instances()) {
      expect(inputs["rootBlockDevice"]).toMatchObject({
        encrypted: true,
        deleteOnTermination: true,
        volumeType: "gp3",
      });
      expect(inputs["ebsBlockDevices"]).toBeUndefined();
    }
  });

  it("CKV_AWS_24, 25, 260: lets the caller in, and nobody else from outside the VPC", () => {
    const sources = [...new Set(ingress().map(({ inputs }) => inputs["cidrIpv4"]))].sort();
    expect(sources).toEqual(["192.168.0.0/16", CALLER]);
    expect(ingress().filter(({ inputs }) => inputs["cidrIpv6"] !== undefined)).toEqual([]);
  });

  it("lets the caller in at the ports that the lab needs, and at no other", () => {
    const fromCaller = ingress().filter(({ inputs }) => inputs["cidrIpv4"] === CALLER);
    const ports = fromCaller.map(({ inputs }) => [inputs["ipProtocol"], inputs["fromPort"], inputs["toPort"]]);
    expect(ports).toEqual([
      ["tcp", 22, 22],
      ["tcp", 80, 80],
      ["tcp", 6443, 6443],
      ["tcp", 8080, 8080],
      ["tcp", 30000, 30007],
    ]);
  });

  it("CKV_AWS_23, CKV2_AWS_5: describes the group and every rule, and attaches the group", () => {
    const rules = [...ingress(), ...ofType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")];
    const groups = ofType("aws:ec2/securityGroup:SecurityGroup");
    // The characters that EC2 takes.
    const described = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{10,255}$/;
    const wrong = [...rules, ...groups].filter(({ inputs }) => !described.test(String(inputs["description"])));
    expect([rules.length, wrong.map(({ name }) => name)]).toEqual([7, []]);
    for (const { inputs } of ofType("aws:ec2/networkInterface:NetworkInterface")) {
      expect(inputs["securityGroups"]).toEqual(["vm-network-firewall-id"]);
    }
  });

  it("CKV_AWS_382: lets the machines call everywhere, with the reason in the rule", () => {
    const [rule, ...others] = ofType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule");
    expect([rule?.inputs["cidrIpv4"], rule?.inputs["description"], others]).toEqual([
      "0.0.0.0/0",
      "Packages, releases and images come from all over the world",
      [],
    ]);
  });

  it("CKV2_AWS_12: closes the VPC's own security group", () => {
    const [group] = ofType("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup");
    expect([group?.inputs["vpcId"], group?.inputs["ingress"], group?.inputs["egress"]]).toEqual([
      "vm-network-vpc-id",
      undefined,
      undefined,
    ]);
  });

  it("CKV_AWS_88, 130: gives public addresses to the two machines, which the lab needs, and to nothing else by itself", () => {
    expect(ofType("aws:ec2/subnet:Subnet").map(({ inputs }) => inputs["mapPublicIpOnLaunch"])).toEqual([false, false]);
    expect(instances().map(({ inputs }) => inputs["associatePublicIpAddress"])).toEqual([undefined, undefined]);
  });

  it("CKV_AWS_46: has no secret in the user data", () => {
    for (const { inputs } of instances()) {
      const userData = String(inputs["userData"]);
      expect(isSecret(inputs["userData"])).toBe(false);
      expect(userData).toMatch(/^#cloud-config\n/);
      expect(userData).not.toMatch(/PRIVATE KEY|password:|--token|K3S_TOKEN|istiotoken|aws_secret/i);
    }
  });

  it("CKV2_AWS_41: gives the instances no role, since they ask AWS for nothing", () => {
    expect(instances().map(({ inputs }) => inputs["iamInstanceProfile"])).toEqual([undefined, undefined]);
  });

  it("keeps keys, kubeconfig and the VM's files secret", () => {
    for (const name of ["vm-key-ssh-create", "vm-k3s-s-kubeconfig", "vm-members-forum-vm-configuration"]) {
      expect([name, find(name).additionalSecretOutputs]).toEqual([name, ["stdout", "stderr"]]);
    }
    expect(isSecret(find("vm-k3s-s-provider").inputs["kubeconfig"])).toBe(true);
  });

  it("checks the key of each machine in every step that it runs there", () => {
    const remote = all.filter(({ type }) => type.startsWith("command:remote:"));
    expect(remote.length).toBeGreaterThan(3);
    const wrong = remote.filter(
      ({ inputs }) => !JSON.stringify(inputs["connection"]).includes("stdout of vm-members-forum-vm-host-ready"),
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});

describe("an EC2 instance of the lab", () => {
  it("boots with its addresses: it waits for its way out, for the rules and for its public address", () => {
    const dependencies = find("vm-k3s-s-host-instance").dependencies.map(nameOf);
    const wanted = [
      "vm-k3s-s-host-public-address-association",
      "vm-network-routes",
      "vm-network-association-1",
      "vm-network-internet-gateway",
      "vm-network-firewall-in-ssh",
      "vm-network-firewall-out",
    ];
    expect(wanted.filter((name) => !dependencies.includes(name))).toEqual([]);
  });

  it("waits for no other instance", () => {
    const dependencies = find("vm-members-forum-vm-host-instance").dependencies.map(nameOf);
    expect(dependencies.filter((name) => name.startsWith("vm-k3s-s"))).toEqual([]);
  });

  it("keeps its image, and is never made beside its predecessor, whose addresses it gets", () => {
    for (const { ignoreChanges, deleteBeforeReplace, inputs } of instances()) {
      expect([ignoreChanges, deleteBeforeReplace, inputs["userDataReplaceOnChange"]]).toEqual([["ami"], true, true]);
    }
  });

  it("is made with the stack's own key pair, or with one that the account has", async () => {
    expect(find("vm-key-pair").inputs["publicKey"]).toBe("stdout of vm-key-public");
    const folder = testFolder();
    const privateKeyFile = join(folder, "my-key.pem");
    writeFileSync(privateKeyFile, "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n", {
      mode: 0o600,
    });
    all = await awsRegistrations({ keyName: "my-key", privateKeyFile });
    expect(instances().map(({ inputs }) => inputs["keyName"])).toEqual(["my-key", "my-key"]);
    expect(all.filter(({ type }) => type === "aws:ec2/keyPair:KeyPair")).toEqual([]);
    all = await awsRegistrations();
  });

  it.each([
    ["stop", "stop"],
    ["terminate", "terminate"],
  ])("does what ttlAction %s says when its time is over", async (ttlAction, behavior) => {
    const seen = (await awsRegistrations({ ttlAction })).filter(({ type }) => type === "aws:ec2/instance:Instance");
    expect(seen.map(({ inputs }) => inputs["instanceInitiatedShutdownBehavior"])).toEqual([behavior, behavior]);
  });

  it.each([
    ["on", "running"],
    ["off", "stopped"],
  ])("is to be what power %s says", async (power, state) => {
    const seen = await awsRegistrations({ power });
    const states = seen.filter(({ type }) => type === "aws:ec2transitgateway/instanceState:InstanceState");
    expect(states.map(({ inputs }) => inputs["state"])).toEqual([state, state]);
  });

  it("learns of another time to live by its tag, and is not recreated for it", async () => {
    const [longer] = (await awsRegistrations({ ttlHours: "24" })).filter(
      ({ type }) => type === "aws:ec2/instance:Instance",
    );
    const [before] = instances();
    expect((longer?.inputs["tags"] as Record<string, string>)["expiry"]).toBe("2026-01-02T00:00:00Z");
    expect(longer?.inputs["userData"]).toBe(before?.inputs["userData"]);
  });

  it("is waited for again after a start, its VM gets a fresh token, and forum is asked again", async () => {
    const started = await awsRegistrations({ startedAt: "2026-01-02T03:04:05Z" });
    const rerunOn = (name: string) =>
      (registered(started, name).inputs["environment"] as Record<string, string>)["ISTIO_LAB_RERUN_ON"];
    expect(rerunOn("vm-k3s-s-host-ready")).toBe('["2026-01-02T03:04:05Z","t3.xlarge"]');
    expect(rerunOn("vm-began")).toBe('["2026-01-02T03:04:05Z"]');
    expect(rerunOn("vm-members-forum-vm-configuration")).toBe('["2026-01-02T03:04:05Z"]');
    expect(started.find(({ name }) => name === "vm-answers-wait")?.inputs["triggers"]).toContain(
      "2026-01-02T03:04:05Z",
    );
  });

  it("runs its own steps again when it is recreated, and those of no other machine", () => {
    const withTrigger = (trigger: string) =>
      all
        .filter(({ inputs }) => (inputs["triggers"] as unknown[] | undefined)?.includes(trigger) === true)
        .map(({ name }) => name);
    expect(withTrigger("vm-members-forum-vm-host-instance-id")).toEqual(
      expect.arrayContaining(["vm-members-forum-vm-host-ready", "vm-members-forum-vm-sidecar"]),
    );
    const ofCluster = withTrigger("vm-k3s-s-host-instance-id");
    expect(ofCluster).toEqual(expect.arrayContaining(["vm-k3s-s-host-ready", "vm-control-plane-install"]));
    expect(ofCluster).not.toContain("vm-members-forum-vm-sidecar");
  });
});

describe("what the VM on AWS gets from an arm64 laptop", () => {
  it("is for the processor of its instance", async () => {
    const folder = testFolder();
    const amd64 = { istioSidecarPackage: join(folder, "amd64.deb"), forumBinary: join(folder, "forum-amd64") };
    Object.values(amd64).forEach((file) => writeFileSync(file, ""));
    const arm64 = { ...toolchain, processor: "arm64", hostFiles: { amd64 } } as const;
    const copies = (await awsRegistrations({}, arm64)).filter(({ type }) => type === "command:remote:CopyToRemote");
    const sent = copies.map(({ inputs }) => JSON.stringify(inputs["source"]));
    expect(sent.filter((source) => source.includes(folder))).toHaveLength(2);
    expect(sent.filter((source) => source.includes(toolchain.files.forumBinary))).toEqual([]);
  });
});
