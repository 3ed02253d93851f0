import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { sourceFile } from "../../infra/core/known-source";
import { resolveVersionSet, versionTable } from "../../infra/core/versions";
import { decideSource, type ProbeOptions } from "../../infra/toolchain/source";
import { LAB_NEEDS } from "../support/lab-needs";
import { resolveNoNames } from "../support/no-names";
import { refusedPort } from "../support/refused-port";
import { testFolder } from "../support/test-folder";
import { testServer } from "../support/test-server";

let cache: string;
let base: string;
let asked: string[];

beforeEach(async () => {
  cache = testFolder();
  asked = [];
  const { url } = await testServer((request, response) => {
    asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
    const status = Number(request.url?.slice(1));
    if (request.url !== "/silent") response.writeHead(status > 0 ? status : 404).end();
  });
  base = url;
});

function decide(more: Partial<ProbeOptions> = {}) {
  return decideSource({
    cache,
    versions: versionTable.book,
    platform: "linux-x64",
    env: {},
    deadlineMilliseconds: 100_000,
    ...more,
  });
}

describe("the source", () => {
  it("is official if every host answers, and is asked by HEAD only", async () => {
    const targets = [[`${base}/200`], [`${base}/404`], [`${base}/401`]];
    expect(await decide({ targets })).toEqual({
      source: "official",
      reason: "all hosts of official releases answer",
      by: "probe",
    });
    expect(asked.sort()).toEqual(["HEAD /200", "HEAD /401", "HEAD /404"]);
  });

  it.each([403, 407, 451, 500, 503])("is registry if a proxy answers %i in a host's place", async (status) => {
    const { source, reason } = await decide({ targets: [[`${base}/200`], [`${base}/${String(status)}`]] });
    const host = base.replace("http://", "");
    expect([source, reason]).toEqual([
      "registry",
      `official releases cannot be reached: ${host} (HTTP ${String(status)})`,
    ]);
  });

  it("is registry at once if names are not resolved", async () => {
    resolveNoNames();
    const { source, reason } = await decide({ targets: [["http://no-such-host.invalid/x"]] });
    expect(source).toBe("registry");
    expect(reason).toBe("official releases cannot be reached: no-such-host.invalid (ENOTFOUND)");
  });

  it("is registry if a host is silent until the common deadline", async () => {
    const { source, reason } = await decide({
      targets: [[`${base}/silent`], [`${base}/silent`]],
      deadlineMilliseconds: 150,
    });
    expect([source, reason.replaceAll(base.replace("http://", ""), "HOST")]).toEqual([
      "registry",
      "official releases cannot be reached: HOST (no answer in time), HOST (no answer in time)",
    ]);
  });

  it("is official if the second address of a tool answers", async () => {
    resolveNoNames();
    expect((await decide({ targets: [["http://no-such-host.invalid/x", `${base}/200`]] })).source).toBe("official");
  });

  it("is remembered with its reason, and asked for again only when told to", async () => {
    const first = await decide({ targets: [[`${base}/503`]] });
    expect(JSON.parse(readFileSync(sourceFile(cache), "utf8"))).toMatchObject({
      source: "registry",
      reason: first.reason,
    });
    asked = [];
    expect(await decide({ targets: [[`${base}/200`]] })).toEqual({ ...first, by: "remembered" });
    expect(asked).toEqual([]);
    expect((await decide({ targets: [[`${base}/200`]], again: true })).source).toBe("official");
    expect((await decide()).source).toBe("official");
  });

  it("is asked for again if what is remembered cannot be read", async () => {
    writeFileSync(sourceFile(cache), '{"source":"neither"}');
    expect((await decide({ targets: [[`${base}/200`]] })).by).toBe("probe");
  });

  it.each(["official", "registry"] as const)(
    "is %s if the user says so, without asking or remembering",
    async (setting) => {
      expect(await decide({ env: { ISTIO_LAB_SOURCE: setting } })).toEqual({
        source: setting,
        reason: `ISTIO_LAB_SOURCE=${setting}`,
        by: "setting",
      });
      expect(existsSync(sourceFile(cache))).toBe(false);
    },
  );

  it("is refused if the setting is something else", async () => {
    await expect(decide({ env: { ISTIO_LAB_SOURCE: "offical" } })).rejects.toThrow(
      'ISTIO_LAB_SOURCE: "offical" given; "official", "registry" or "auto" would be right',
    );
  });

  it("is asked of the mirror of images in place of Docker Hub if one is set, which need not speak HTTPS", async () => {
    const { host } = new URL(base);
    const proxy = `http://127.0.0.1:${String(await refusedPort())}`;
    const { reason } = await decide({
      env: { ISTIO_LAB_IMAGE_MIRROR: `docker.io=${host}/hub`, ISTIO_LAB_MIRROR: base, HTTPS_PROXY: proxy },
    });
    expect(asked).toContain("HEAD /v2/");
    // Docker Hub, behind the proxy that is not there, would be missed.
    expect(reason).not.toContain("docker.io");
  });

  it("is asked of the mirror, too, if one is set", async () => {
    // The official hosts, which are asked as well, are behind a proxy that is not there.
    await decide({ env: { ISTIO_LAB_MIRROR: base, HTTPS_PROXY: `http://127.0.0.1:${String(await refusedPort())}` } });
    const { pulumi, kind, kubectl } = versionTable.book;
    for (const path of [
      `/get.pulumi.com/releases/sdk/pulumi-v${pulumi}-linux-x64.tar.gz`,
      `/github.com/kubernetes-sigs/kind/releases/download/v${kind}/kind-linux-amd64`,
      `/dl.k8s.io/release/v${kubectl}/bin/linux/amd64/kubectl`,
    ]) {
      expect(asked).toContain(`HEAD ${path}`);
    }
  });
});

describe("the version set", () => {
  it.each([
    ["auto", "official", "book"],
    ["auto", "registry", "registry"],
    ["book", "official", "book"],
    ["current", "official", "current"],
    ["registry", "registry", "registry"],
  ] as const)("%s from %s is %s", (choice, source, wanted) => {
    expect(resolveVersionSet(choice, source)).toBe(wanted);
  });

  it.each([
    [
      "book",
      "registry",
      'istio-lab:versions: the set "book" is served by official releases, but this machine uses package registries; use "auto" or "registry", or set ISTIO_LAB_SOURCE=official if it can be reached',
    ],
    [
      "current",
      "registry",
      'istio-lab:versions: the set "current" is served by official releases, but this machine uses package registries; use "auto" or "registry", or set ISTIO_LAB_SOURCE=official if it can be reached',
    ],
    [
      "registry",
      "official",
      'istio-lab:versions: the set "registry" is served by package registries, but this machine uses official releases; use "auto" or "book" or "current", or set ISTIO_LAB_SOURCE=registry if it can be reached',
    ],
  ] as const)("%s is refused by %s", (choice, source, message) => {
    expect(() => resolveVersionSet(choice, source)).toThrow(message);
  });

  it("of another name is refused with the names that would be right", () => {
    const sets = { ...versionTable, company: versionTable.current };
    expect(() => resolveVersionSet("nonsense", "official", sets)).toThrow(
      'istio-lab:versions: "nonsense" is unknown; write one of auto, book, current, registry, company',
    );
    expect(resolveVersionSet("company", "official", sets)).toBe("company");
  });

  it("has the versions of the notes", () => {
    const { book } = versionTable;
    const labs = Object.values(LAB_NEEDS).map(({ versions }) => [versions.book.kubernetes, versions.book.istio]);
    expect([book.k3s, book.metallb, labs]).toEqual([
      "1.28.15+k3s1",
      "0.14.9",
      [
        ["1.28.15", "1.17.8"],
        ["1.28.15", "1.17.8"],
        ["1.30.4", "1.23.2"],
      ],
    ]);
  });

  it("has the plugins that the program's packages are pinned to", () => {
    const { dependencies } = JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    for (const set of Object.values(versionTable)) {
      expect([set.pulumiCommand, set.pulumiKubernetes]).toEqual([
        dependencies["@pulumi/command"],
        dependencies["@pulumi/kubernetes"],
      ]);
    }
  });

  it("has a kubectl within one minor version of every cluster", () => {
    const minor = (version: string) => Number(version.split(".")[1]);
    for (const { versions } of Object.values(LAB_NEEDS)) {
      for (const set of ["book", "current"] as const) {
        const clusters = minor(versions[set].kubernetes);
        expect(Math.abs(minor(versionTable[set].kubectl) - clusters)).toBeLessThanOrEqual(1);
      }
    }
  });

  it("names versions without a leading v, and node images by digest", () => {
    for (const { versions } of Object.values(LAB_NEEDS)) {
      for (const lab of Object.values(versions)) {
        expect(lab.kubernetes).toMatch(/^\d+\.\d+\.\d+$/);
        expect(lab.kindNodeDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
      }
    }
    const { source: _, ...plain } = versionTable.registry;
    for (const [name, version] of Object.entries(plain)) {
      // Module versions are written as Go spells them.
      expect(version, name).toMatch(/^(istio.+|goControlPlane.*)$/.test(name) ? /^v\d/ : /^\d/);
    }
  });
});
