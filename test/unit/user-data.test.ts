import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { script } from "../../infra/core/script";
import { k3sServerUserData, vmUserData } from "../../infra/core/user-data";

interface CloudConfig {
  readonly hostname: string;
  readonly timezone: string;
  readonly write_files: readonly { readonly path: string; readonly permissions: string; readonly content: string }[];
  readonly runcmd: readonly (readonly string[])[];
}

const server = {
  hostName: "k3s-s",
  address: "192.168.10.10",
  publicAddress: "198.51.100.10",
  podCidr: "172.16.0.0/16",
  serviceCidr: "10.10.200.0/24",
  k3s: "1.28.15+k3s1",
  helm: "3.17.3",
};
const vm = { hostName: "forum-vm", address: "192.168.10.200" };
const texts = { "k3s-s": k3sServerUserData(server), "forum-vm": vmUserData(vm) };
const configs = {
  "k3s-s": parse(texts["k3s-s"]) as CloudConfig,
  "forum-vm": parse(texts["forum-vm"]) as CloudConfig,
};

const fileOf = (name: keyof typeof configs, path: string) => {
  const file = configs[name].write_files.find((each) => each.path === path);
  if (file === undefined) {
    throw new Error(`${path} is not written`);
  }
  return file;
};

/** Values that the setup gets, by name. */
const valuesOf = (name: keyof typeof configs) =>
  Object.fromEntries(
    (configs[name].runcmd[0] ?? [])
      .filter((word) => /^[A-Z_0-9]+=/.test(word))
      .map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]),
  );

describe.each(["k3s-s", "forum-vm"] as const)("user data of %s", (name) => {
  it("is cloud-config, small enough for EC2", () => {
    expect(texts[name].startsWith("#cloud-config\n")).toBe(true);
    expect(Buffer.byteLength(texts[name])).toBeLessThan(16 * 1024);
  });

  it("has not one character that is new: EC2 replaces the instances of every user, with all that is on them", () => {
    const digests = { "k3s-s": "17631a68a1e8", "forum-vm": "606f27c64a41" };
    expect(createHash("sha256").update(texts[name]).digest("hex").slice(0, 12)).toBe(digests[name]);
  });

  it("sets the notes' host name and time zone", () => {
    expect([configs[name].hostname, configs[name].timezone]).toEqual([name, "Asia/Seoul"]);
  });

  it("runs one command, since cloud-init tells of the last one only", () => {
    expect(configs[name].runcmd.length).toBe(1);
    expect(configs[name].runcmd[0]?.at(-1)).toMatch(/exec \/usr\/local\/sbin\/istio-lab-setup$/);
  });

  it("starts the timer that ends the machine before anything that can fail", () => {
    expect(configs[name].runcmd[0]?.at(-1)).toMatch(/enable --now istio-lab-expiry\.timer && exec/);
    expect(fileOf(name, "/usr/local/sbin/istio-lab-expiry")).toEqual({
      path: "/usr/local/sbin/istio-lab-expiry",
      permissions: "0755",
      content: script("instance-expiry.sh"),
    });
  });

  it("has the notes' alias in the profile, which any shell can read", () => {
    const { content } = fileOf(name, "/etc/profile.d/istio-lab.sh");
    expect(content).toContain("alias vi=vim\n");
    expect(content).not.toContain("<(");
  });
});

describe("user data of k3s-s", () => {
  it("gives the setup the notes' packages, versions and networks, and the address for the certificate", () => {
    expect(valuesOf("k3s-s")).toEqual({
      HOST_NAME: "k3s-s",
      ADDRESS: "192.168.10.10",
      PACKAGES: "bridge-utils net-tools conntrack ngrep jq tree unzip kubecolor",
      PUBLIC_ADDRESS: "198.51.100.10",
      POD_CIDR: "172.16.0.0/16",
      SERVICE_CIDR: "10.10.200.0/24",
      VERSION_OF_K3S: "1.28.15+k3s1",
      VERSION_OF_HELM: "3.17.3",
      VERSION_OF_KUBECTX: "0.9.5",
      VERSION_OF_KUBE_PS1: "0.9.0",
    });
  });

  it.each([
    ["alias kc=kubecolor"],
    ["alias k=kubectl"],
    ["complete -o default -F __start_kubectl k"],
    ["export KUBECONFIG=/etc/rancher/k3s/k3s.yaml"],
  ])("has the notes' line in the profile: %s", (line) => {
    expect(fileOf("k3s-s", "/etc/profile.d/istio-lab.sh").content).toContain(line);
  });

  it.each([
    ["--disable=traefik"],
    ['--cluster-cidr "$POD_CIDR"'],
    ['--service-cidr "$SERVICE_CIDR"'],
    ['--tls-san "$PUBLIC_ADDRESS"'],
    ['INSTALL_K3S_VERSION="v$VERSION_OF_K3S"'],
  ])("installs k3s with %s", (words) => {
    expect(fileOf("k3s-s", "/usr/local/sbin/istio-lab-setup").content).toContain(words);
  });

  it("lets k3s make its token, and its kubeconfig readable to root alone", () => {
    expect(texts["k3s-s"]).not.toMatch(/--token|istiotoken|write-kubeconfig-mode/);
  });
});

describe("user data of forum-vm", () => {
  it("gives the setup the notes' packages", () => {
    expect(valuesOf("forum-vm")).toEqual({
      HOST_NAME: "forum-vm",
      ADDRESS: "192.168.10.200",
      PACKAGES: "net-tools ngrep jq tree unzip apache2",
    });
  });
});
