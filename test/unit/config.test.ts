import { describe, expect, it, vi } from "vitest";
import { LabConfigError } from "../../lab/config/lab-config";
import { configProblems } from "../support/config-problems";
import { LAB_KEYS } from "../support/lab-keys";
import type { LocalVmLabConfig } from "../../lab/vm/config/schema";
import { parseLabConfig, readLabConfig } from "../support/lab-config";

function parseVm(raw: Record<string, unknown>): LocalVmLabConfig {
  const config = parseLabConfig(raw);
  expect(config.lab).toBe("vm");
  return config as LocalVmLabConfig;
}

const problems = configProblems;

describe("the configuration of the vm lab", () => {
  it("is the notes' if nothing is said", () => {
    expect(parseLabConfig({})).toEqual({
      lab: "vm",
      platform: "local",
      versions: "auto",
      portBase: 30000,
      network: { cidr: "192.168.10.0/24", orNextFree: true },
      podCidr: "172.16.0.0/16",
      serviceCidr: "10.10.200.0/24",
      vms: [{ name: "forum-vm", addressNumber: 200, sshPort: 30022 }],
    });
  });

  it("takes three VMs as easily as one, each with settings and ports of its own", () => {
    const vms = [
      { name: "forum-vm" },
      { name: "forum-vm-2", agentFlags: "--log_output_level=dns:debug" },
      { name: "forum-vm-3", secretTtl: "12h0m0s" },
    ];
    expect(parseVm({ vms, portBase: "31000" }).vms).toEqual([
      { name: "forum-vm", addressNumber: 200, sshPort: 31022 },
      { name: "forum-vm-2", addressNumber: 201, sshPort: 31023, agentFlags: "--log_output_level=dns:debug" },
      { name: "forum-vm-3", addressNumber: 202, sshPort: 31024, secretTtl: "12h0m0s" },
    ]);
  });

  it.each([
    { secretTtl: "1m" },
    { secretTtl: "2160h0m0s" },
    { agentFlags: "" },
    { agentFlags: "--log_output_level=dns:debug --proxyLogLevel debug" },
    { agentFlags: "--meshConfig='{}' -v=3" },
  ])("takes a VM with %j", (settings) => {
    expect(parseVm({ vms: [{ name: "forum-vm", ...settings }] }).vms[0]).toMatchObject(settings);
  });

  it("leaves a VM where it is when another is dropped from the list", () => {
    const [, , third] = parseVm({
      vms: [{ name: "forum-vm" }, { name: "forum-vm-2" }, { name: "forum-vm-3" }],
    }).vms;
    expect(parseVm({ vms: [{ name: "forum-vm" }, { name: "forum-vm-3" }] }).vms[1]).toEqual(third);
  });

  it("keeps the VM's number in a network that the user chooses", () => {
    expect(parseVm({ networkCidr: "192.168.60.0/24" }).vms).toEqual([
      { name: "forum-vm", addressNumber: 200, sshPort: 30022 },
    ]);
  });

  it("takes numbers as Pulumi gives them, as text", () => {
    expect(parseVm({ portBase: "32000" }).portBase).toBe(32000);
  });

  it.each<[string, Record<string, unknown>, ...string[]]>([
    ["an unknown lab", { lab: "gke" }, 'lab: "gke" is unknown; write one of vm, multicluster, traffic-flow'],
    [
      "an unknown lab beside values that cannot stand together",
      { lab: "gke", podCidr: "10.0.0.0/8", clusters: [] },
      'lab: "gke" is unknown; write one of vm, multicluster, traffic-flow',
      "podCidr: 10.0.0.0/8 overlaps serviceCidr 10.10.200.0/24; choose networks that share no address",
    ],
    [
      "a setting of another lab",
      { clusters: [{ name: "west" }], localityFailover: "true" },
      "clusters: is not a setting of the vm lab; write one of lab, platform, versions, portBase, networkCidr, podCidr, serviceCidr, vms",
      "localityFailover: is not a setting of the vm lab; write one of lab, platform, versions, portBase, networkCidr, podCidr, serviceCidr, vms",
    ],
    ["an unknown platform", { platform: "gcp" }, 'platform: "gcp" is unknown; write one of local, aws'],
    [
      "an unknown version set",
      { versions: "latest" },
      'versions: "latest" is unknown; write one of auto, book, current, registry',
    ],
    [
      "a key that is no setting",
      { podCIDR: "172.16.0.0/16" },
      `podCIDR: is not a setting; write one of ${LAB_KEYS.vm.join(", ")}`,
    ],
    [
      "a malformed CIDR",
      { podCidr: "172.16.0.0" },
      'podCidr: "172.16.0.0" is not an IPv4 CIDR; write it like 192.168.10.0/24',
    ],
    [
      "a CIDR with host bits",
      { networkCidr: "192.168.10.1/24" },
      'networkCidr: "192.168.10.1/24" has host bits set; did you mean 192.168.10.0/24?',
    ],
    [
      "overlapping CIDRs",
      { podCidr: "10.0.0.0/8" },
      "podCidr: 10.0.0.0/8 overlaps serviceCidr 10.10.200.0/24; choose networks that share no address",
    ],
    [
      "a network that is too small",
      { networkCidr: "192.168.10.0/28" },
      "networkCidr: 192.168.10.0/28 is too small for nodes, VMs and load balancers; use a network from /8 to /25",
      "vms[0].address: 192.168.10.200 is not in the lab's network 192.168.10.0/28, which has 16 addresses",
    ],
    ["a port out of range", { portBase: "70000" }, 'portBase: "70000" is out of range; use a port from 1024 to 65535'],
    ...["4.3e4", "0x7530", "30000.0", " 30000", "+30000", "", "30_000", "٣٠٠٠٠"].map(
      (portBase): [string, Record<string, unknown>, ...string[]] => [
        `a port that is not in digits, ${JSON.stringify(portBase)}`,
        { portBase, vms: [{ name: "a", sshPort: portBase }] },
        ...["portBase", "vms[0].sshPort"].map(
          (key) => `${key}: ${JSON.stringify(portBase)} is not a whole number in digits; use a port from 1024 to 65535`,
        ),
      ],
    ),
    ...[[30000], true, null, { a: 1 }, 30000.5].map((sshPort): [string, Record<string, unknown>, ...string[]] => [
      `a port that is no number, ${JSON.stringify(sshPort)}`,
      { vms: [{ name: "a", sshPort }] },
      `vms[0].sshPort: ${JSON.stringify(sshPort)} is not a whole number in digits; use a port from 1024 to 65535`,
    ]),
    [
      "ports that would end beyond the last port",
      { portBase: "65530" },
      "portBase: port 65536 is out of range; the lab needs the ports up to portBase + 22",
      "portBase: port 65537 is out of range; the lab needs the ports up to portBase + 22",
      "vms[0].sshPort: port 65552 is out of range; the lab needs the ports up to portBase + 22",
    ],
    [
      "a port used twice",
      { vms: [{ name: "a", sshPort: 30003 }] },
      "vms[0].sshPort: port 30003 is used twice, by portBase too; choose another",
    ],
    ["no VM", { vms: [] }, "vms: [] is out of range; name at least one VM"],
    [
      "a name that is no DNS label",
      { vms: [{ name: "Forum_VM" }] },
      'vms[0].name: "Forum_VM" is not a DNS label; use lower case letters, digits and hyphens, e.g. forum-vm',
    ],
    [
      "two VMs of one name and address",
      {
        vms: [
          { name: "a", address: "192.168.10.30" },
          { name: "a", address: "192.168.10.30" },
        ],
      },
      'vms[1].name: "a" is there twice; give every VM a name of its own',
      "vms[1].address: 192.168.10.30 of 192.168.10.0/24 is used by vms[0] too; end the name in a number of its own, e.g. -2, or set an address",
      "vms[1].sshPort: port 30022 is used twice, by vms[0].sshPort too; choose another",
    ],
    [
      "VMs on addresses of other networks",
      {
        networkCidr: "10.0.0.0/8",
        podCidr: "172.16.0.0/16",
        serviceCidr: "172.17.0.0/16",
        vms: [
          { name: "x", address: "1.2.3.4" },
          { name: "y", address: "192.168.10.30" },
        ],
      },
      "vms[0].address: 1.2.3.4 is not in the lab's network 10.0.0.0/8, which has 16777216 addresses",
      "vms[1].address: 192.168.10.30 is not in the lab's network 10.0.0.0/8, which has 16777216 addresses",
      "vms[1].sshPort: port 30022 is used twice, by vms[0].sshPort too; choose another",
    ],
    [
      "a VM with a number in its name that no address has",
      { vms: [{ name: "vm-9999999999", sshPort: 30100 }] },
      "vms[0].address: number 10000000198 is not in the lab's network 192.168.10.0/24, which has 256 addresses",
    ],
    [
      "a VM on an address of the load balancers",
      { vms: [{ name: "a", address: "192.168.10.240" }] },
      "vms[0].address: 192.168.10.240 of 192.168.10.0/24 is reserved for nodes (the first 16) or load balancers (the last 16); choose another",
    ],
    [
      "a duration that is none",
      { vms: [{ name: "a", secretTtl: "12 hours" }] },
      'vms[0].secretTtl: "12 hours" is not a duration; write it like 12h0m0s',
    ],
    ...["0s", "59s", "2160h0m1s", "9999999999h"].map((secretTtl): [string, Record<string, unknown>, ...string[]] => [
      `a certificate for ${secretTtl}`,
      { vms: [{ name: "a", secretTtl }] },
      `vms[0].secretTtl: "${secretTtl}" is no time for which istiod signs a certificate that can be renewed; write one from 1m to 2160h, e.g. 12h0m0s`,
    ]),
    ...['--a="b"', "--a=$(id)", "--a=`id`", "--a=b\\", "--a\n--b", "--a\r"].map(
      (agentFlags): [string, Record<string, unknown>, ...string[]] => [
        `flags that a shell would read, ${JSON.stringify(agentFlags)}`,
        { vms: [{ name: "a", agentFlags }] },
        `vms[0].agentFlags: ${JSON.stringify(agentFlags)} has a quotation mark, backslash, dollar sign, backtick or line break, which a shell would read; write flags like --log_output_level=dns:debug`,
      ],
    ),
    [
      "flags that are none",
      { vms: [{ name: "a", agentFlags: "dns:debug" }] },
      'vms[0].agentFlags: "dns:debug" is no flag, which begins with a hyphen; write flags like --log_output_level=dns:debug',
    ],
    [
      "names that something else has",
      {
        vms: [
          { name: "k3s-s" },
          { name: "k3s-s-control-plane", address: "192.168.10.210", sshPort: 30023 },
          { name: "localhost", address: "192.168.10.211", sshPort: 30024 },
        ],
      },
      'vms[0].name: "k3s-s" is the name of the cluster; choose another, e.g. forum-vm',
      'vms[1].name: "k3s-s-control-plane" is the name of the cluster\'s node; choose another, e.g. forum-vm',
      'vms[2].name: "localhost" is the name of every machine for itself; choose another, e.g. forum-vm',
    ],
  ])("fails for %s and says what was given and what would be right", (_, raw, ...expected) => {
    expect(problems(raw)).toEqual(expected);
  });

  it("reports every problem at once", () => {
    expect(
      problems({ lab: "x", platform: "y", podCidr: "z", portBase: "1", vms: [{ name: "A" }, { nam: "b" }] }),
    ).toEqual([
      'lab: "x" is unknown; write one of vm, multicluster, traffic-flow',
      'platform: "y" is unknown; write one of local, aws',
      'portBase: "1" is out of range; use a port from 1024 to 65535',
      'podCidr: "z" is not an IPv4 CIDR; write it like 192.168.10.0/24',
      'vms[0].name: "A" is not a DNS label; use lower case letters, digits and hyphens, e.g. forum-vm',
      "vms[1].name: nothing is not of type string",
      "vms[1].nam: is not a setting; write one of name, address, sshPort, agentFlags, secretTtl",
    ]);
  });

  it("reports what cannot stand together beside what cannot be read, and guesses nothing about the latter", () => {
    const overlapping = { podCidr: "10.0.0.0/8", vms: [{ name: "a" }, { name: "a" }] };
    expect(
      problems({ ...overlapping, versions: "latest", colour: "red", portBase: "x", networkCidr: "10.0.0.0" }),
    ).toEqual([
      'versions: "latest" is unknown; write one of auto, book, current, registry',
      'portBase: "x" is not a whole number in digits; use a port from 1024 to 65535',
      'networkCidr: "10.0.0.0" is not an IPv4 CIDR; write it like 192.168.10.0/24',
      `colour: is not a setting; write one of ${LAB_KEYS.vm.join(", ")}`,
      "podCidr: 10.0.0.0/8 overlaps serviceCidr 10.10.200.0/24; choose networks that share no address",
      'vms[1].name: "a" is there twice; give every VM a name of its own',
    ]);
  });

  it.each<[string, Record<string, unknown>, ...string[]]>([
    [
      "network of pods, for the services'",
      { podCidr: "x", serviceCidr: "172.16.1.0/24" },
      'podCidr: "x" is not an IPv4 CIDR; write it like 192.168.10.0/24',
    ],
    [
      "network, for a VM's address",
      { networkCidr: "x", vms: [{ name: "a", address: "192.168.60.30" }] },
      'networkCidr: "x" is not an IPv4 CIDR; write it like 192.168.10.0/24',
    ],
    [
      "address or port, for another VM's, though names are compared",
      {
        vms: [
          { name: "a", address: "x", sshPort: "y" },
          { name: "a", address: "192.168.10.200", sshPort: 30022 },
        ],
      },
      'vms[0].address: "x" is not an IPv4 address; write it like 192.168.10.200',
      'vms[0].sshPort: "y" is not a whole number in digits; use a port from 1024 to 65535',
      'vms[1].name: "a" is there twice; give every VM a name of its own',
    ],
    ["list of VMs, for ports", { portBase: 65520, vms: "x" }, 'vms: "x" is not of type array'],
    [
      "port base, for a VM's port",
      { portBase: "x", vms: [{ name: "a", sshPort: 30001 }] },
      'portBase: "x" is not a whole number in digits; use a port from 1024 to 65535',
    ],
  ])("puts nothing in place of an unreadable %s", (_, raw, ...expected) => {
    expect(problems(raw)).toEqual(expected);
  });
});

describe("the configuration that Pulumi hands over", () => {
  it.each<[string, Record<string, string>, Record<string, unknown>]>([
    ["nothing", {}, {}],
    ["lists in JSON", { "istio-lab:vms": '[{"name":"a"}]' }, { vms: [{ name: "a" }] }],
    [
      "lists in JSON, of the other lab too",
      { "istio-lab:lab": "multicluster", "istio-lab:clusters": '[{"name":"a"},{"name":"b","zone":1}]' },
      { lab: "multicluster", clusters: [{ name: "a" }, { name: "b", zone: 1 }] },
    ],
    ["settings of the engine", { "pulumi:tags": "x", "istio-lab:portBase": "32000" }, { portBase: "32000" }],
  ])("may hold %s", (_, given, raw) => {
    vi.stubEnv("PULUMI_NODEJS_PROJECT", "istio-lab");
    vi.stubEnv("PULUMI_CONFIG", JSON.stringify(given));
    expect(readLabConfig()).toEqual(parseLabConfig(raw));
  });

  it("may hold no settings of other programs, which nothing would read; those are told beside all other problems", () => {
    vi.stubEnv("PULUMI_NODEJS_PROJECT", "istio-lab");
    const others = { "kubernetes:kubeconfig": "~/.kube/config", "aws:region": "us-east-1", "istio-lab:colour": "red" };
    const message = (config: object) => {
      vi.stubEnv("PULUMI_CONFIG", JSON.stringify(config));
      try {
        readLabConfig();
      } catch (error) {
        expect(error).toBeInstanceOf(LabConfigError);
        return (error as Error).message.split("\n");
      }
      return [];
    };
    const refused = [
      "kubernetes:kubeconfig: is a setting of another program, which the labs do not read; take it out",
      "aws:region: is a setting of another program, which the labs do not read; take it out, or write istio-lab:region",
    ];
    expect(message(others)).toEqual([
      ...refused,
      `istio-lab:colour: is not a setting; write one of ${LAB_KEYS.vm.join(", ")}`,
    ]);
    expect(message({ "istio-lab:lab": "vm", ...others, "istio-lab:colour": undefined })).toEqual(refused);
  });

  it("is refused by key if a list is no JSON", () => {
    vi.stubEnv("PULUMI_NODEJS_PROJECT", "istio-lab");
    vi.stubEnv("PULUMI_CONFIG", JSON.stringify({ "istio-lab:vms": "forum-vm" }));
    expect(() => readLabConfig()).toThrow('istio-lab:vms: "forum-vm" is not of type array');
  });
});
