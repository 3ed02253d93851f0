import { beforeAll, describe, expect, it } from "vitest";
import type { MultiClusterLabConfig } from "../../lab/multicluster/config/schema";
import { MultiClusterLab } from "../../lab/multicluster/lab";
import { isSecret, nameOf, registered, registrations, type Registration } from "../support/mocks";
import { contextOf } from "../support/toolchain";
import { parseLabConfig } from "../support/lab-config";

const PEM = (kind: string, text: string) => `-----BEGIN ${kind}-----\n${text}\n-----END ${kind}-----\n`;

function outputs(name: string): string {
  if (name.endsWith("-network-create")) {
    return '{"cidr":"172.19.0.0/16","note":"the next that is free"}';
  }
  if (/-ca-\w+$/.test(name)) {
    return PEM("CERTIFICATE", `certificate of ${name}`) + PEM("PRIVATE KEY", `key of ${name}`);
  }
  if (name.endsWith("-reader")) {
    return `kubeconfig of ${name}`;
  }
  return `stdout of ${name}`;
}

function build(raw: Record<string, unknown> = {}): Promise<Registration[]> {
  const config = parseLabConfig({ ...raw, lab: "multicluster" }) as MultiClusterLabConfig;
  return registrations(outputs, () => new MultiClusterLab("lab", config, contextOf()));
}

let all: Registration[];
const find = (name: string, among = all) => registered(among, name);
const names = (among: readonly Registration[], pattern: RegExp) =>
  among.flatMap(({ name }) => pattern.exec(name)?.[1] ?? []).sort();
/** The plain value of an input that travels as a secret. */
const plain = (value: unknown) => (value as { value: Record<string, string> }).value;
const decoded = (text = "") => Buffer.from(text, "base64").toString("utf8");

beforeAll(async () => {
  all = await build();
});

describe("every resource of the multicluster lab", () => {
  it("has a name of its own, since a URN holds types of parents and not their names", () => {
    const full = all.map(({ type, name }) => `${type} ${name}`);
    expect(full.filter((name, index) => full.indexOf(name) !== index)).toEqual([]);
  });

  it("hangs below the lab and carries its parent's name in front of its own", () => {
    const wrong = all.filter(({ name, parent }) => name !== "lab" && !name.startsWith(`${nameOf(parent)}-`));
    expect(wrong.map(({ name, parent }) => `${name} below ${nameOf(parent)}`)).toEqual([]);
  });

  it("goes with its cluster or its host, or has a delete of its own, or makes nothing that would have to go", () => {
    const left = all.filter((one) => one.custom && one.deletedWith === "" && one.inputs["delete"] === undefined);
    expect(left.map(({ name }) => name).sort()).toEqual([
      "lab-answers-wait",
      "lab-ca-east",
      "lab-ca-root",
      "lab-ca-west",
    ]);
  });

  it("keeps the output of every command out of the log", () => {
    const commands = all.filter(({ type }) => type.startsWith("command:"));
    expect(commands.length).toBeGreaterThan(10);
    expect(commands.filter(({ inputs }) => inputs["logging"] !== "none").map(({ name }) => name)).toEqual([]);
  });
});

describe("every object in a cluster", () => {
  it.each(["west", "east"])("goes with %s and with no other, and is recreated in a new one", (cluster) => {
    const provider = `lab-${cluster}-kind-create`;
    const objects = all.filter(({ type, name, deletedWith }) => {
      const belongs = name.startsWith(`lab-${cluster}-`) || name.endsWith(`-in-${cluster}`);
      return type.startsWith("kubernetes:") && (belongs || nameOf(deletedWith) === provider);
    });
    expect(objects.length).toBeGreaterThan(8);
    const wrong = objects.filter(
      (one) => nameOf(one.deletedWith) !== provider || one.replaceWith.map(nameOf).join() !== provider,
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});

describe("the mesh's root of trust", () => {
  it("is one, with an intermediate for each cluster, and every key is a secret from its first line", () => {
    expect(names(all, /^lab-ca-(\w+)$/)).toEqual(["east", "root", "west"]);
    for (const name of ["lab-ca-root", "lab-ca-west", "lab-ca-east"]) {
      expect(find(name).additionalSecretOutputs).toEqual(["stdout", "stderr"]);
    }
    expect(isSecret(find("lab-ca-west").inputs["stdin"])).toBe(true);
  });

  it("outlives another text of the scripts that made it, since a new root would part the mesh", () => {
    const made = ["lab-ca-root", "lab-ca-west", "lab-ca-east"].map((name) => find(name).ignoreChanges);
    const carriers = ["create", "interpreter", "environment"];
    expect(made).toEqual([carriers, carriers, carriers]);
  });

  it.each(["west", "east"])("is in %s's cacerts, as a secret, with the cluster's own intermediate", (cluster) => {
    const { data } = find(`lab-${cluster}-cacerts-secret`).inputs;
    expect(isSecret(data)).toBe(true);
    const files = Object.fromEntries(Object.entries(plain(data)).map(([name, text]) => [name, decoded(text)]));
    const own = PEM("CERTIFICATE", `certificate of lab-ca-${cluster}`);
    const root = PEM("CERTIFICATE", "certificate of lab-ca-root");
    expect(files).toEqual({
      "ca-cert.pem": own,
      "ca-key.pem": PEM("PRIVATE KEY", `key of lab-ca-${cluster}`),
      "root-cert.pem": root,
      "cert-chain.pem": own + root,
    });
  });

  it("is never in plain in any input", () => {
    const leaking = all.filter(({ inputs }) =>
      Object.values(inputs).some((input) => !isSecret(input) && JSON.stringify(input).includes("key of lab-ca")),
    );
    expect(leaking.map(({ name }) => name)).toEqual([]);
  });
});

describe("remote secrets", () => {
  it.each<[readonly string[], readonly string[]]>([
    [
      ["west", "east"],
      ["east-in-west", "west-in-east"],
    ],
    [
      ["west", "east", "north"],
      ["east-in-north", "east-in-west", "north-in-east", "north-in-west", "west-in-east", "west-in-north"],
    ],
  ])("of %j let every cluster read every other one", async (clusters, expected) => {
    const built = await build({ clusters: clusters.map((name) => ({ name })) });
    expect(names(built, /^lab-remote-secrets-(\w+-in-\w+)$/)).toEqual(expected);
  });

  it("carry the label that istiod looks for and a kubeconfig that is secret", () => {
    const { metadata, data } = find("lab-remote-secrets-east-in-west").inputs;
    expect(metadata).toMatchObject({
      name: "istio-remote-secret-east-cluster",
      namespace: "istio-system",
      labels: { "istio/multiCluster": "true" },
    });
    expect(isSecret(data)).toBe(true);
    expect(decoded(plain(data)["east-cluster"])).toBe("kubeconfig of lab-remote-secrets-east-reader");
  });

  it("name the API server by its container, since Docker gives new addresses when it restarts", () => {
    expect(find("lab-remote-secrets-east-reader").inputs["environment"]).toMatchObject({
      SERVER: "https://istio-lab-test-east-control-plane:6443",
      CLUSTER_ID: "east-cluster",
    });
  });
});

describe("the clusters", () => {
  it("take their addresses from the network that is really there", () => {
    const annotation = (address: string) => `metallb.universe.tf/loadBalancerIPs: ${address}`;
    expect(find("lab-west-metallb-install").inputs["stdin"]).toContain("172.19.255.101-172.19.255.120");
    expect(find("lab-east-metallb-install").inputs["stdin"]).toContain("172.19.255.201-172.19.255.220");
    expect(find("lab-west-control-plane-install").inputs["stdin"]).toContain(annotation("172.19.255.101"));
    expect(find("lab-east-east-west-install").inputs["stdin"]).toContain(annotation("172.19.255.202"));
    expect(find("lab-mypc-create").inputs["environment"]).toMatchObject({ ADDRESS: "172.19.0.100" });
  });

  it.each([
    ["lab-west-control-plane-install", ["lab-west-cacerts-secret", "lab-west-namespace-istioinaction-namespace"]],
    ["lab-west-cacerts-secret", ["lab-west-istio-system"]],
    ["lab-west-east-west-install", ["lab-west-control-plane-install"]],
    ["lab-east-applications-catalog-deployment", ["lab-east-control-plane-install"]],
    ["lab-remote-secrets-east-in-west", ["lab-west-istio-system"]],
    [
      "lab-answers-wait",
      ["lab-east-east-west-install", "lab-remote-secrets-east-in-west", "lab-west-applications-webapp-deployment"],
    ],
  ])("%s waits for %j", (name, expected) => {
    const dependencies = find(name).dependencies.map(nameOf);
    expect(expected.filter((dependency) => !dependencies.includes(dependency))).toEqual([]);
  });

  it("are built side by side: nothing of one waits for the other, save its view of it", () => {
    const crossing = all.filter(
      ({ name, dependencies }) =>
        name.startsWith("lab-west-") && dependencies.map(nameOf).some((other) => other.startsWith("lab-east-")),
    );
    expect(crossing.map(({ name }) => name)).toEqual([]);
  });
});

describe("the applications", () => {
  const deployed = (among: readonly Registration[], cluster: string) =>
    names(among, new RegExp(`^lab-${cluster}-applications-(.*)-(?:deployment|destinationrule|authorizationpolicy)$`));

  it.each([
    [{}, ["netshoot", "simple-backend-dr", "simple-backend-west", "webapp"], ["catalog", "simple-backend-east"]],
    [{ localityFailover: "false" }, ["netshoot", "simple-backend-west", "webapp"], ["catalog", "simple-backend-east"]],
    [
      { allowOnlyIngress: "true" },
      ["allow-only-ingress", "netshoot", "simple-backend-dr", "simple-backend-west", "webapp"],
      ["allow-only-ingress", "catalog", "simple-backend-east"],
    ],
  ])("with %j are %j in west and %j in east", async (raw, west, east) => {
    const built = await build(raw);
    expect([deployed(built, "west"), deployed(built, "east")]).toEqual([west, east]);
  });

  it("say in each cluster which one answers, in the toolchain's image", () => {
    const text = JSON.stringify(find("lab-east-applications-simple-backend-east-deployment").inputs);
    expect(text).toContain('"value":"Hello from EAST"');
    expect(text).toContain('"image":"simple-backend:1"');
    const unfilled = all.filter(
      ({ type, inputs }) => type.startsWith("kubernetes:") && JSON.stringify(inputs).includes("${"),
    );
    expect(unfilled.map(({ name }) => name)).toEqual([]);
  });
});
