import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { MOST_SERVICES, SERVICE_BOUNDS } from "../../lab/config/rules";
import { configProblems } from "../support/config-problems";

/** A lab with networks for pods and services, and the key under which the user writes them. */
interface Subject {
  readonly prefix: string;
  readonly raw: (networks: Readonly<Record<string, string>>) => Record<string, unknown>;
}

const SUBJECTS: readonly (readonly [string, Subject])[] = [
  ["vm", { prefix: "", raw: (networks) => ({ ...networks }) }],
  ["vm on aws", { prefix: "", raw: (networks) => ({ platform: "aws", owner: "me", ...networks }) }],
  ["traffic-flow", { prefix: "", raw: (networks) => ({ lab: "traffic-flow", ...networks }) }],
  [
    "multicluster",
    {
      prefix: "clusters[1].",
      raw: (networks) => ({ lab: "multicluster", clusters: [{ name: "west" }, { name: "east", ...networks }] }),
    },
  ],
];

const problems = configProblems;

const POD_SMALL = "is too small for pods: Kubernetes gives each node a /24 of it; use a network from /8 to /24";
const POD_LARGE = "is too large for pods: Kubernetes divides a /8 at most among nodes; use a network from /8 to /24";
const SERVICE_SMALL =
  "is too small for services: the lab makes up to 16, and exercises add some; use a network from /12 to /27";
const SERVICE_LARGE = "is too large for services: Kubernetes takes a /12 at most; use a network from /12 to /27";

describe.each(SUBJECTS)("the networks of a cluster of %s", (_, { prefix, raw }) => {
  it.each([
    ["podCidr", "11.0.0.0/8"],
    ["podCidr", "10.60.0.0/24"],
    ["serviceCidr", "11.16.0.0/12"],
    ["serviceCidr", "10.61.0.32/27"],
  ])("can be as large and as small as Kubernetes takes them: %s %s", (key, cidr) => {
    expect(problems(raw({ [key]: cidr }))).toEqual([]);
  });

  it.each([
    ["podCidr", "10.60.0.0/25", POD_SMALL],
    ["podCidr", "10.60.0.0/26", POD_SMALL],
    ["podCidr", "12.0.0.0/7", POD_LARGE],
    ["serviceCidr", "10.61.0.0/28", SERVICE_SMALL],
    ["serviceCidr", "10.61.0.0/30", SERVICE_SMALL],
    ["serviceCidr", "10.61.0.1/32", SERVICE_SMALL],
    ["serviceCidr", "12.0.0.0/8", SERVICE_LARGE],
    ["serviceCidr", "12.0.0.0/11", SERVICE_LARGE],
  ])("are refused beyond that: %s %s", (key, cidr, problem) => {
    expect(problems(raw({ [key]: cidr }))).toEqual([`${prefix}${key}: ${cidr} ${problem}`]);
  });

  it("are refused both at once", () => {
    expect(problems(raw({ podCidr: "10.60.0.0/26", serviceCidr: "10.61.0.0/30" }))).toEqual([
      `${prefix}podCidr: 10.60.0.0/26 ${POD_SMALL}`,
      `${prefix}serviceCidr: 10.61.0.0/30 ${SERVICE_SMALL}`,
    ]);
  });

  it.each([
    ["127.5.0.0/16", "127.0.0.0/8, which is for loopback"],
    ["169.254.0.0/16", "169.254.0.0/16, which is for link-local addresses and the metadata of clouds"],
    ["0.1.0.0/16", "0.0.0.0/8, which is for this machine itself"],
    ["239.0.0.0/16", "224.0.0.0/3, which is for multicast and the future"],
  ])("are refused if addresses mean something else: %s", (cidr, reserved) => {
    const right = "choose a private network, e.g. 10.60.0.0/16";
    expect(problems(raw({ podCidr: cidr }))).toEqual([`${prefix}podCidr: ${cidr} overlaps ${reserved}; ${right}`]);
  });
});

describe("a lab's own network", () => {
  it.each([
    ["vm", 25, "nodes, VMs and load balancers"],
    ["multicluster", 24, "nodes, client and load balancers"],
    ["traffic-flow", 29, "the node and the client host"],
  ])("of %s is from /8 to /%i", (lab, smallest, contents) => {
    const network = (prefix: number) => problems({ lab, networkCidr: `11.0.0.0/${prefix}` });
    expect([...network(8), ...network(smallest).filter((problem) => problem.startsWith("networkCidr"))]).toEqual([]);
    expect(network(smallest + 1)).toContain(
      `networkCidr: 11.0.0.0/${smallest + 1} is too small for ${contents}; use a network from /8 to /${smallest}`,
    );
    expect(problems({ lab, networkCidr: "12.0.0.0/7" })).toEqual([
      `networkCidr: 12.0.0.0/7 is too large for a network of this machine; use a network from /8 to /${smallest}`,
    ]);
  });

  it("is not on loopback, where Docker would make it", () => {
    expect(problems({ networkCidr: "127.3.0.0/24" })).toEqual([
      "networkCidr: 127.3.0.0/24 overlaps 127.0.0.0/8, which is for loopback; choose a private network, e.g. 10.60.0.0/16",
    ]);
    expect(problems({ platform: "aws", owner: "me", vpcCidr: "127.3.0.0/16" })).toContain(
      "vpcCidr: 127.3.0.0/16 overlaps 127.0.0.0/8, which is for loopback; choose a private network, e.g. 10.60.0.0/16",
    );
  });
});

describe("the smallest network for services", () => {
  const root = join(__dirname, "..", "..");
  const servicesIn = (...folders: string[]) =>
    folders
      .flatMap((folder) => readdirSync(join(root, folder)).map((file) => join(root, folder, file)))
      .flatMap((file) => parseAllDocuments(readFileSync(file, "utf8")))
      .filter((document) => document.get("kind") === "Service").length;

  it.each([
    // Beside the manifests: kubernetes, kube-dns, istiod, the ingress gateway, and, except in traffic-flow, the east-west gateway and MetalLB.
    ["vm", 6, ["lab/vm/manifests", "lab/shared/manifests", "infra/addon/manifests"]],
    ["multicluster", 6, ["lab/multicluster/manifests", "lab/shared/manifests"]],
    ["traffic-flow", 4, ["lab/traffic-flow/manifests", "infra/addon/manifests"]],
  ])("holds all those of %s, and half as many for exercises", (_, fixed, folders) => {
    const services = fixed + servicesIn(...folders);
    expect(services).toBeGreaterThan(fixed);
    expect(services).toBeLessThanOrEqual(MOST_SERVICES);
    const usable = 2 ** (32 - SERVICE_BOUNDS.smallest) - 2;
    expect(usable).toBeGreaterThanOrEqual(1.5 * MOST_SERVICES);
  });
});
