import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { instanceTypeProblem } from "../../infra/core/aws-places";
import { configProblems } from "../support/config-problems";
import { LAB_KEYS } from "../support/lab-keys";
import type { AwsVmLabConfig } from "../../lab/vm/config/aws";
import { THIS_MACHINE, type ConfigMachine } from "../../lab/config/machine";
import { requirementsOf, parseLabConfig, readLabConfig } from "../support/lab-config";

const KEY_FILE = "/home/student/.ssh/my-key.pem";
/** What a private key looks like, as far as anybody looks. */
const PRIVATE_KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n";
const machine: ConfigMachine = {
  home: "/home/student",
  userName: () => "student",
  readFile: (path) => (path === KEY_FILE ? { text: PRIVATE_KEY, isOpenToOthers: false } : undefined),
};

function parseAws(raw: Record<string, unknown>, on: ConfigMachine = machine): AwsVmLabConfig {
  const config = parseLabConfig({ platform: "aws", ...raw }, on);
  expect(config.platform).toBe("aws");
  return config as AwsVmLabConfig;
}

const problems = (raw: Record<string, unknown>, on = machine) => configProblems({ platform: "aws", ...raw }, on);

describe("the configuration of the vm lab on aws", () => {
  it("is the notes' if nothing is said, but for who may reach it", () => {
    expect(parseAws({})).toEqual({
      lab: "vm",
      platform: "aws",
      versions: "auto",
      region: "ap-northeast-2",
      availabilityZones: ["ap-northeast-2a", "ap-northeast-2c"],
      vpcCidr: "192.168.0.0/16",
      subnetCidrs: ["192.168.10.0/24", "192.168.20.0/24"],
      amiParameter: "/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id",
      cluster: { name: "k3s-s", instanceType: "t3.xlarge", address: "192.168.10.10" },
      volumeSize: 30,
      keyPair: undefined,
      ingressCidr: "auto",
      owner: "student",
      ttlHours: 8,
      ttlAction: "stop",
      power: "on",
      startedAt: "",
      podCidr: "172.16.0.0/16",
      serviceCidr: "10.10.200.0/24",
      vms: [{ name: "forum-vm", instanceType: "t3.small", address: "192.168.10.200" }],
    });
  });

  it("takes numbers, answers and lists as Pulumi gives them, as text", () => {
    vi.stubEnv("PULUMI_NODEJS_PROJECT", "istio-lab");
    const given = { platform: "aws", volumeSize: "50", ttlHours: "24", allowAnyIngress: "true", vms: '[{"name":"a"}]' };
    const named = Object.entries(given).map(([key, value]) => [`istio-lab:${key}`, value] as const);
    vi.stubEnv("PULUMI_CONFIG", JSON.stringify(Object.fromEntries(named)));
    const config = readLabConfig() as AwsVmLabConfig;
    expect([config.volumeSize, config.ttlHours]).toEqual([50, 24]);
    expect(config.vms).toEqual([{ name: "a", instanceType: "t3.small", address: "192.168.10.200" }]);
  });

  it("takes what every lab has as Pulumi.yaml's defaults give it", () => {
    const defaults = { lab: "vm", versions: "auto", portBase: "auto", networkCidr: "auto" };
    expect(parseAws(defaults)).toEqual(parseAws({}));
  });

  it("takes zones of the region that the user chooses", () => {
    expect(parseAws({ region: "us-east-1" }).availabilityZones).toEqual(["us-east-1a", "us-east-1c"]);
    expect(parseAws({ region: "us-gov-west-1", availabilityZone2: "us-gov-west-1b" }).availabilityZones).toEqual([
      "us-gov-west-1a",
      "us-gov-west-1b",
    ]);
  });

  it("lets both subnets be in one zone, as AWS does", () => {
    const zones = { availabilityZone1: "ap-northeast-2b", availabilityZone2: "ap-northeast-2b" };
    expect(parseAws(zones).availabilityZones).toEqual(["ap-northeast-2b", "ap-northeast-2b"]);
  });

  it("keeps every instance's number in a subnet that the user chooses", () => {
    const { cluster, vms } = parseAws({
      vpcCidr: "10.1.0.0/16",
      publicSubnet1Cidr: "10.1.4.0/24",
      publicSubnet2Cidr: "10.1.5.0/24",
      vms: [{ name: "forum-vm" }, { name: "forum-vm-3" }, { name: "x", address: "10.1.4.30" }],
    });
    expect([cluster, ...vms].map(({ address }) => address)).toEqual([
      "10.1.4.10",
      "10.1.4.200",
      "10.1.4.202",
      "10.1.4.30",
    ]);
  });

  it("gives each VM settings of its own", () => {
    const settings = {
      instanceType: "m7i-flex.large",
      agentFlags: "--log_output_level=dns:debug",
      secretTtl: "12h0m0s",
    };
    expect(parseAws({ vms: [{ name: "forum-vm-2", ...settings }] }).vms).toEqual([
      { name: "forum-vm-2", address: "192.168.10.201", ...settings },
    ]);
  });

  it.each(["~/.ssh/my-key.pem", KEY_FILE])("finds the user's private key at %s", (privateKeyFile) => {
    const keyPair = { name: "my-key", privateKeyFile: KEY_FILE };
    expect(parseAws({ keyName: "my-key", privateKeyFile }).keyPair).toEqual(keyPair);
  });

  it.each([
    ["0.0.0.0/0", true],
    ["128.0.0.0/1", "true"],
    ["203.0.113.7/32", undefined],
    ["10.0.0.0/8", "false"],
  ])("lets %s in if allowAnyIngress is %s", (ingressCidr, allowAnyIngress) => {
    expect(parseAws({ ingressCidr, allowAnyIngress }).ingressCidr).toBe(ingressCidr);
  });

  it.each([
    ["student", "student"],
    ["CORP\\st(u)dent", "CORP-st-u-dent"],
    ["학생", "학생"],
  ])("makes a tag of the user %s", (userName, owner) => {
    expect(parseAws({}, { ...machine, userName: () => userName }).owner).toBe(owner);
    expect(parseAws({ owner: "team a" }, { ...machine, userName: () => userName }).owner).toBe("team a");
  });

  it.each(["", "2025-11-30T09:00:00Z", "2025-11-30T09:00:00.123Z", "2025-11-30T18:00:00+09:00"])(
    "takes %j for the time of the last start",
    (startedAt) => {
      expect(parseAws({ startedAt }).startedAt).toBe(startedAt);
    },
  );

  it("asks the machine on which it is read for files and for the user's name", () => {
    const NO_KEY = join(process.cwd(), "package.json");
    expect(problems({ keyName: "my-key", privateKeyFile: NO_KEY }, THIS_MACHINE)).toContain(
      `privateKeyFile: "${NO_KEY}" is not a private key as EC2 and ssh-keygen write it; give the path of the private key that belongs to keyName`,
    );
    expect(parseAws({}, THIS_MACHINE).owner).not.toBe("");
    const folder = { keyName: "my-key", privateKeyFile: __dirname };
    expect(problems(folder, THIS_MACHINE)).toEqual([
      `privateKeyFile: "${__dirname}" is not a file on this machine that can be read; give the path of the private key that belongs to keyName`,
    ]);
    expect(problems({ keyName: "my-key", privateKeyFile: `${NO_KEY}/x` }, THIS_MACHINE)).toHaveLength(1);
  });

  it("asks nothing of this machine's memory, ports and networks", () => {
    expect(requirementsOf(parseAws({}))).toEqual({
      machines: { clusters: [], hosts: [] },
      ports: [],
      networks: [],
      bridge: undefined,
    });
  });

  it("takes the smallest and the largest network that AWS has", () => {
    const small = { publicSubnet1Cidr: "10.0.0.0/28", publicSubnet2Cidr: "10.0.0.16/28", podCidr: "10.9.0.0/16" };
    const vms = [{ name: "a", address: "10.0.0.14" }];
    expect(problems({ vpcCidr: "10.0.0.0/16", clusterAddress: "10.0.0.4", vms, ...small })).toEqual([]);
    const one = { vpcCidr: "10.0.0.0/28", publicSubnet1Cidr: "10.0.0.0/28", publicSubnet2Cidr: "10.0.0.0/28", vms };
    expect(problems(one)).toEqual([
      "publicSubnet2Cidr: 10.0.0.0/28 overlaps publicSubnet1Cidr 10.0.0.0/28; choose networks that share no address",
    ]);
  });
});

const RIGHT = "choose one from 192.168.10.4 to 192.168.10.254";
const LARGE = "is too large for AWS; use a network from /16 to /28";
const SMALL = "is too small for AWS; use a network from /16 to /28";
const OVERLAP = "choose networks that share no address";
const ARM =
  "has an Arm processor, and the lab's image is for amd64; choose a type with an Intel or AMD processor, e.g. t3.xlarge";
const ORNONE = "or leave both out for a key of the lab's own";
const INGRESS = "reach the instances; write auto for this machine alone, or set allowAnyIngress to true as well";

describe("a private key of the user's", () => {
  const folder = mkdtempSync(join(tmpdir(), "istio-lab-key-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The problem of a key file that ssh-keygen or the test has made. */
  const problemsOf = (path: string) =>
    problems({ keyName: "k", privateKeyFile: path }, THIS_MACHINE).map((problem) =>
      problem.replaceAll(folder, "FOLDER"),
    );
  const keygen = (name: string, ...words: string[]) => {
    execFileSync("ssh-keygen", ["-q", "-f", join(folder, name), ...words]);
    return join(folder, name);
  };
  const RIGHT = "give the path of the private key that belongs to keyName";

  it.each([
    ["open", ["-t", "ed25519", "-N", ""], "open", []],
    ["pem", ["-t", "rsa", "-b", "2048", "-m", "PEM", "-N", ""], "pem", []],
    [
      "open-pass",
      ["-t", "ed25519", "-N", "secret"],
      "open-pass",
      ["has a passphrase, and istio-lab does not ask for one"],
    ],
    [
      "pem-pass",
      ["-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "secret"],
      "pem-pass",
      ["has a passphrase, and istio-lab does not ask for one"],
    ],
    [
      "pkcs8-pass",
      ["-t", "rsa", "-b", "2048", "-m", "PKCS8", "-N", "secret"],
      "pkcs8-pass",
      ["has a passphrase, and istio-lab does not ask for one"],
    ],
    ["half", ["-t", "ed25519", "-N", ""], "half.pub", ["is a public key", "can be read by others"]],
  ])("made as %s by ssh-keygen %j is judged by what is in %s", (name, words, file, wanted) => {
    keygen(name, ...words);
    const found = problemsOf(join(folder, file));
    expect(found).toHaveLength(wanted.length);
    wanted.forEach((problem, index) => expect(found[index]).toContain(`"FOLDER/${file}" ${problem}`));
  });

  it("that others can read is refused with the line that closes it, since ssh does not use it", () => {
    const path = keygen("shared", "-t", "ed25519", "-N", "");
    chmodSync(path, 0o644);
    expect(problemsOf(path)).toEqual([
      'privateKeyFile: "FOLDER/shared" can be read by others, and then ssh does not use it; run: chmod 600 FOLDER/shared',
    ]);
  });

  it("that is something else is refused", () => {
    const path = join(folder, "putty.ppk");
    writeFileSync(path, "PuTTY-User-Key-File-3: ssh-ed25519\n", { mode: 0o600 });
    expect(problemsOf(path)).toEqual([
      `privateKeyFile: "FOLDER/putty.ppk" is not a private key as EC2 and ssh-keygen write it; ${RIGHT}`,
    ]);
  });
});

describe("the configuration of the vm lab on aws fails", () => {
  it.each(["t3.small", "t2.micro", "t3a.nano"])("for a cluster on %s, which has too little memory", (type) => {
    expect(problems({ clusterInstanceType: type })).toEqual([
      `clusterInstanceType: "${type}" has too little memory for Kubernetes and Istio; choose at least a medium one, e.g. t3.xlarge`,
    ]);
    expect(problems({ vms: [{ name: "a", instanceType: type }] })).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, ...string[]]>([
    [
      "ports of loopback",
      { portBase: "32000" },
      'portBase: "32000" belongs to platform: local; leave it out, since on aws the node ports are those of the instance',
    ],
    [
      "a Docker network, even an unreadable one",
      { networkCidr: "192.168.60.1" },
      'networkCidr: "192.168.60.1" belongs to platform: local; on aws set vpcCidr and publicSubnet1Cidr',
    ],
    [
      "an SSH port",
      { vms: [{ name: "a", sshPort: 30022 }] },
      "vms[0].sshPort: belongs to platform: local; set platform to local, or leave sshPort out",
    ],
    [
      "a key of a VM that is no setting",
      { vms: [{ name: "a", instancetype: "t3.small" }] },
      "vms[0].instancetype: is not a setting; write one of name, address, instanceType, agentFlags, secretTtl",
    ],
    [
      "a setting of another lab",
      { plainPort: "true" },
      `plainPort: is not a setting of the vm lab; write one of ${LAB_KEYS["vm on aws"].join(", ")}`,
    ],
    [
      "a key that is no setting",
      { instanceType: "t3.small" },
      `instanceType: is not a setting; write one of ${LAB_KEYS["vm on aws"].join(", ")}`,
    ],
    ["a place that is no region", { region: "seoul" }, 'region: "seoul" is not a region; write it like ap-northeast-2'],
    [
      "a zone in place of the region",
      { region: "ap-northeast-2a" },
      'region: "ap-northeast-2a" is not a region; write it like ap-northeast-2',
    ],
    [
      "zones of another region",
      { availabilityZone1: "us-east-1a", availabilityZone2: "apne2-az3" },
      'availabilityZone1: "us-east-1a" is not an availability zone of ap-northeast-2; write the region and one letter, e.g. ap-northeast-2a',
      'availabilityZone2: "apne2-az3" is not an availability zone of ap-northeast-2; write the region and one letter, e.g. ap-northeast-2a',
    ],
    [
      "local zones and wavelength zones",
      { region: "us-west-2", availabilityZone1: "us-west-2-lax-1a", availabilityZone2: "us-west-2-wl1-las-wlz-1" },
      'availabilityZone1: "us-west-2-lax-1a" is a local zone or a wavelength zone, which lack what the lab needs; write a zone of the region itself, e.g. us-west-2a',
      'availabilityZone2: "us-west-2-wl1-las-wlz-1" is a local zone or a wavelength zone, which lack what the lab needs; write a zone of the region itself, e.g. us-west-2a',
    ],
    [
      "networks with host bits",
      { vpcCidr: "192.168.0.1/16", publicSubnet1Cidr: "192.168.10.10/24", publicSubnet2Cidr: "192.168.20.1/24" },
      'vpcCidr: "192.168.0.1/16" has host bits set; did you mean 192.168.0.0/16?',
      'publicSubnet1Cidr: "192.168.10.10/24" has host bits set; did you mean 192.168.10.0/24?',
      'publicSubnet2Cidr: "192.168.20.1/24" has host bits set; did you mean 192.168.20.0/24?',
    ],
    ["a VPC that is too large", { vpcCidr: "192.168.0.0/15" }, `vpcCidr: 192.168.0.0/15 ${LARGE}`],
    [
      "networks that are too small for AWS, of which no address is proposed",
      { publicSubnet1Cidr: "192.168.10.0/29", publicSubnet2Cidr: "192.168.20.0/32" },
      `publicSubnet1Cidr: 192.168.10.0/29 ${SMALL}`,
      `publicSubnet2Cidr: 192.168.20.0/32 ${SMALL}`,
    ],
    [
      "subnets outside the VPC",
      { vpcCidr: "192.168.10.0/25" },
      "publicSubnet1Cidr: 192.168.10.0/24 is not in vpcCidr 192.168.10.0/25; choose a part of that",
      "publicSubnet2Cidr: 192.168.20.0/24 is not in vpcCidr 192.168.10.0/25; choose a part of that",
    ],
    [
      "a subnet of another VPC",
      { publicSubnet2Cidr: "10.0.0.0/24" },
      "publicSubnet2Cidr: 10.0.0.0/24 is not in vpcCidr 192.168.0.0/16; choose a part of that",
    ],
    [
      "a VPC that cannot be read, without a guess at it",
      { vpcCidr: "x", publicSubnet1Cidr: "10.1.0.0/24", publicSubnet2Cidr: "10.2.0.0/24", podCidr: "192.168.0.0/16" },
      'vpcCidr: "x" is not an IPv4 CIDR; write it like 192.168.10.0/24',
    ],
    [
      "an address that cannot be read, without a guess at it",
      { clusterAddress: "x", vms: [{ name: "a", address: "192.168.10.10" }] },
      'clusterAddress: "x" is not an IPv4 address; write it like 192.168.10.200',
    ],
    [
      "subnets that overlap",
      { publicSubnet2Cidr: "192.168.10.128/25" },
      `publicSubnet2Cidr: 192.168.10.128/25 overlaps publicSubnet1Cidr 192.168.10.0/24; ${OVERLAP}`,
    ],
    [
      "pods and services in the VPC, and in each other",
      { podCidr: "192.168.64.0/18", serviceCidr: "192.168.64.0/24" },
      `serviceCidr: 192.168.64.0/24 overlaps vpcCidr 192.168.0.0/16; ${OVERLAP}`,
      `podCidr: 192.168.64.0/18 overlaps vpcCidr 192.168.0.0/16; ${OVERLAP}`,
      `podCidr: 192.168.64.0/18 overlaps serviceCidr 192.168.64.0/24; ${OVERLAP}`,
    ],
    [
      "an image that is no parameter",
      { amiParameter: "ami-0123456789abcdef0" },
      'amiParameter: "ami-0123456789abcdef0" is not the path of an SSM parameter, which begins with a slash; write it like /aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id',
    ],
    [
      "an image for Arm",
      { amiParameter: "/aws/service/canonical/ubuntu/server/22.04/stable/current/arm64/hvm/ebs-gp2/ami-id" },
      'amiParameter: "/aws/service/canonical/ubuntu/server/22.04/stable/current/arm64/hvm/ebs-gp2/ami-id" is an image for Arm; choose one for amd64, as the instance types are',
    ],
    [
      "instance types that are none, or for Arm",
      { clusterInstanceType: "xlarge", vms: [{ name: "a", instanceType: "t4g.small" }] },
      'clusterInstanceType: "xlarge" is not an instance type; write it like t3.xlarge',
      `vms[0].instanceType: "t4g.small" ${ARM}`,
    ],
    ["volumes of no size", { volumeSize: "7" }, 'volumeSize: "7" is not a whole number of GiB from 8 to 16384'],
    [
      "a key pair without its private key",
      { keyName: "my-key" },
      `keyName: "my-key" is given without privateKeyFile; give the file of its private key, e.g. ~/.ssh/my-key.pem, ${ORNONE}`,
    ],
    [
      "a private key without its key pair",
      { privateKeyFile: KEY_FILE },
      `privateKeyFile: "${KEY_FILE}" is given without keyName; give the name that its key pair has in EC2, ${ORNONE}`,
    ],
    [
      "a private key that is not there",
      { keyName: "my-key", privateKeyFile: "~/my-key.pem" },
      'privateKeyFile: "~/my-key.pem" is not a file on this machine that can be read; give the path of the private key that belongs to keyName',
    ],
    [
      "a private key by a relative path, and of no key pair",
      { privateKeyFile: "my-key.pem" },
      `privateKeyFile: "my-key.pem" is given without keyName; give the name that its key pair has in EC2, ${ORNONE}`,
      'privateKeyFile: "my-key.pem" is not an absolute path; write it like ~/.ssh/my-key.pem',
    ],
    [
      "a key pair that has no name",
      { keyName: "", privateKeyFile: KEY_FILE },
      'keyName: "" is not the name of a key pair; write it as EC2 lists it',
    ],
    [
      "anybody, as in the notes",
      { ingressCidr: "0.0.0.0/0" },
      `ingressCidr: 0.0.0.0/0 lets the whole internet ${INGRESS}`,
    ],
    [
      "nearly anybody",
      { ingressCidr: "2.0.0.0/7", allowAnyIngress: "false" },
      `ingressCidr: 2.0.0.0/7 lets 33554432 addresses ${INGRESS}`,
    ],
    [
      "an address that is no network",
      { ingressCidr: "203.0.113.7" },
      'ingressCidr: "203.0.113.7" is not an IPv4 CIDR; write it like 192.168.10.0/24',
    ],
    [
      "an answer that is neither yes nor no, without a guess at it",
      { ingressCidr: "0.0.0.0/0", allowAnyIngress: "yes" },
      'allowAnyIngress: "yes" is unknown; write one of true, false',
    ],
    [
      "an owner that cannot be a tag",
      { owner: "me & you" },
      'owner: "me & you" cannot be a tag; use letters, digits, spaces and _ . : / = + - @',
    ],
    [
      "an owner that AWS keeps",
      { owner: "AWS:me" },
      'owner: "AWS:me" begins with aws:, which AWS keeps for itself; leave that out',
    ],
    [
      "an owner of spaces",
      { owner: "  " },
      'owner: "  " cannot be a tag; use letters, digits, spaces and _ . : / = + - @',
    ],
    ["a long owner", { owner: "o".repeat(257) }, `owner: "${"o".repeat(257)}" has 257 characters; use at most 256`],
    ["hours that are none", { ttlHours: "8.5" }, 'ttlHours: "8.5" is not a whole number of hours from 1 to 720'],
    ["no hour", { ttlHours: 0 }, "ttlHours: 0 is not a whole number of hours from 1 to 720"],
    [
      "more hours than thirty days have",
      { ttlHours: "721" },
      'ttlHours: "721" is not a whole number of hours from 1 to 720',
    ],
    [
      "an end that is none",
      { ttlAction: "hibernate" },
      'ttlAction: "hibernate" is unknown; write one of stop, terminate',
    ],
    ["a power that is none", { power: true }, "power: true is unknown; write one of on, off"],
    [
      "a start at no time",
      { startedAt: "2025-13-01T00:00:00Z" },
      'startedAt: "2025-13-01T00:00:00Z" is not a time; leave it to the verb start, which writes it like 2025-11-30T09:00:00Z',
    ],
    [
      "addresses that AWS keeps",
      { clusterAddress: "192.168.10.3", vms: [{ name: "a", address: "192.168.10.255" }] },
      `clusterAddress: 192.168.10.3 is one of the five addresses of 192.168.10.0/24 that AWS keeps for itself; ${RIGHT}`,
      `vms[0].address: 192.168.10.255 is one of the five addresses of 192.168.10.0/24 that AWS keeps for itself; ${RIGHT}`,
    ],
    [
      "addresses outside the first subnet",
      { clusterAddress: "192.168.20.10", vms: [{ name: "a", address: "10.0.0.1" }] },
      `clusterAddress: 192.168.20.10 is not in publicSubnet1Cidr 192.168.10.0/24; ${RIGHT}`,
      `vms[0].address: 10.0.0.1 is not in publicSubnet1Cidr 192.168.10.0/24; ${RIGHT}`,
    ],
    [
      "numbers that the subnet does not have",
      { publicSubnet1Cidr: "192.168.10.0/28", vms: [{ name: "a" }] },
      "vms[0].address: number 200 is not in publicSubnet1Cidr 192.168.10.0/28, which has 16 addresses; set an address",
    ],
    [
      "what is no address",
      { clusterAddress: "192.168.10" },
      'clusterAddress: "192.168.10" is not an IPv4 address; write it like 192.168.10.200',
    ],
    [
      "addresses and names that are there twice",
      { vms: [{ name: "a", address: "192.168.10.10" }, { name: "b" }, { name: "b" }, { name: "k3s-s" }] },
      "vms[0].address: 192.168.10.10 is used twice, by clusterAddress too; choose another",
      "vms[2].address: 192.168.10.200 is used twice, by vms[1].address too; end the name in a number of its own, e.g. -2, or set an address",
      "vms[3].address: 192.168.10.200 is used twice, by vms[1].address too; end the name in a number of its own, e.g. -2, or set an address",
      'vms[2].name: "b" is there twice; give every VM a name of its own',
      `vms[3].name: "k3s-s" is the name of the cluster's instance; choose another, e.g. forum-vm`,
    ],
    ["no VM", { vms: [] }, "vms: [] is out of range; name at least one VM"],
  ])("for %s, and says what was given and what would be right", (_, raw, ...expected) => {
    expect(problems(raw)).toEqual(expected);
  });

  it("if nobody has a name, and asks for one", () => {
    const nameless = { ...machine, userName: () => undefined };
    expect(problems({}, nameless)).toEqual([
      'owner: "auto" is your name on this machine, and it has none for you; write one, e.g. student',
    ]);
    expect(problems({ owner: "student" }, nameless)).toEqual([]);
  });

  it("with every problem at once, and with no guess at what could not be read", () => {
    expect(
      problems({
        versions: "latest",
        region: "seoul",
        availabilityZone1: "us-east-1a",
        publicSubnet1Cidr: "x",
        clusterAddress: "192.168.10.3",
        ttlHours: "0",
        ingressCidr: "0.0.0.0/0",
        keyName: "my-key",
        vms: [{ name: "a", sshPort: 1 }, { name: "a" }],
        domain: "www.gasida.dev",
      }),
    ).toEqual([
      'versions: "latest" is unknown; write one of auto, book, current, registry',
      'region: "seoul" is not a region; write it like ap-northeast-2',
      'publicSubnet1Cidr: "x" is not an IPv4 CIDR; write it like 192.168.10.0/24',
      'ttlHours: "0" is not a whole number of hours from 1 to 720',
      "vms[0].sshPort: belongs to platform: local; set platform to local, or leave sshPort out",
      `keyName: "my-key" is given without privateKeyFile; give the file of its private key, e.g. ~/.ssh/my-key.pem, ${ORNONE}`,
      `ingressCidr: 0.0.0.0/0 lets the whole internet ${INGRESS}`,
      'vms[1].name: "a" is there twice; give every VM a name of its own',
      `domain: is not a setting of the vm lab; write one of ${LAB_KEYS["vm on aws"].join(", ")}`,
    ]);
  });
});

describe("a platform", () => {
  it.each(["multicluster", "traffic-flow"])("that is aws is refused for the %s lab, beside other problems", (lab) => {
    expect(problems({ lab, networkCidr: "x", region: "us-east-1" })).toEqual([
      `platform: "aws" is asked for, and the ${lab} lab runs on local only; the vm lab runs on aws`,
      'networkCidr: "x" is not an IPv4 CIDR; write it like 192.168.10.0/24',
      `region: is not a setting of the ${lab} lab; write one of ${LAB_KEYS[lab as "multicluster"].join(", ")}`,
    ]);
  });

  it("that is local refuses what belongs to aws", () => {
    const raw = {
      platform: "local",
      region: "us-east-1",
      ttlHours: "x",
      vms: [{ name: "a", instanceType: "t3.small" }],
    };
    expect(problems(raw)).toEqual([
      "vms[0].instanceType: belongs to platform: aws; set platform to aws, or leave instanceType out",
      "region: belongs to platform: aws; set platform to aws, or leave region out",
      "ttlHours: belongs to platform: aws; set platform to aws, or leave ttlHours out",
    ]);
  });

  it("that is unknown says nothing about what another one has, and all about what none has", () => {
    expect(problems({ platform: "gcp", region: "us-east-1", plainPort: "true" })).toEqual([
      'platform: "gcp" is unknown; write one of local, aws',
      `plainPort: is not a setting of the vm lab; write one of ${LAB_KEYS.vm.join(", ")}`,
    ]);
  });
});

describe("an instance type", () => {
  it.each([
    "t3.xlarge",
    "m7i-flex.large",
    "c5n.18xlarge",
    "g4dn.xlarge",
    "g6e.xlarge",
    "x2iedn.32xlarge",
    "u-6tb1.112xlarge",
    "u7inh-32tb.480xlarge",
    "m5.metal",
    "i7ie.metal-24xl",
  ])("may be %s", (type) => {
    expect(instanceTypeProblem(type)).toBeUndefined();
  });

  it.each([
    "a1.large",
    "t4g.small",
    "m6g.large",
    "m7gd.metal",
    "c7gn.large",
    "r8g.large",
    "im4gn.large",
    "is4gen.medium",
    "g5g.xlarge",
    "x2gd.medium",
    "hpc7g.4xlarge",
    "i8ge.large",
    "p6e-gb200.36xlarge",
  ])("with an Arm processor is refused: %s", (type) => {
    expect(instanceTypeProblem(type)).toBe(ARM);
  });

  it.each(["t3", "t3.", ".large", "T3.large", "t3 large", "t3.large "])("is refused that is none: %j", (type) => {
    expect(instanceTypeProblem(type)).toBe("is not an instance type; write it like t3.xlarge");
  });
});
