import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { versionSets } from "../../infra/core/version-sets";
import { versionTable } from "../../infra/core/versions";
import { LABS } from "../../lab/registry";
import { LAB_NEEDS } from "../support/lab-needs";
import { testFolder } from "../support/test-folder";

let folder: string;
const path = () => join(folder, "sets.json");

beforeEach(() => {
  folder = testFolder();
});

/** A set as a user writes it: what all sets share is left out. */
const {
  kind: _kind,
  pulumi: _pulumi,
  pulumiCommand: _command,
  pulumiKubernetes: _kubernetes,
  ...tools
} = versionTable.book;
const labs = Object.fromEntries(LABS.map((lab) => [lab, LAB_NEEDS.vm.versions.book]));
const row = { ...tools, labs };

function read(content: unknown) {
  writeFileSync(path(), typeof content === "string" ? content : JSON.stringify(content));
  return versionSets(LABS, { ISTIO_LAB_VERSION_SETS: path() });
}

describe("version sets of the user's own", () => {
  it("stand behind those of the table, whole", () => {
    const own = {
      ...row,
      imageDigests: { "docker.io/istio/pilot:1.17.8": `sha256:${"0".repeat(64)}` },
      upstreamEnvoy: true,
    };
    const sets = read({ company: own, "two-words": { ...row, source: "official", kind: "0.29.0" } });
    expect(Object.keys(sets)).toEqual(["book", "current", "registry", "company", "two-words"]);
    expect(sets["company"]).toEqual({ ...versionTable.book, ...own });
    expect(sets["two-words"]).toEqual({ ...versionTable.book, labs, kind: "0.29.0" });
  });

  it.each([[undefined], [""]])("are none if the variable is %j", (value) => {
    expect(versionSets(LABS, { ISTIO_LAB_VERSION_SETS: value })).toBe(versionTable);
  });

  it.each<[string, unknown, string]>([
    [
      "versions: with a leading v",
      { company: { ...row, k3s: "v1.28" } },
      'company.k3s: "v1.28" given, a version without a leading v, e.g. 1.30.4 is wanted',
    ],
    [
      "no version",
      { company: { ...row, helm: undefined } },
      "company.helm: a version without a leading v, e.g. 1.30.4 is wanted",
    ],
    [
      "a number",
      { company: { ...row, helm: 3 } },
      "company.helm: a version without a leading v, e.g. 1.30.4 is wanted",
    ],
    ["a lab left out", { company: { ...row, labs: { ...labs, vm: undefined } } }, "company.labs.vm: object is wanted"],
    [
      "another lab",
      { company: { ...row, labs: { ...labs, web: labs["vm"] } } },
      "company.labs: web is no part of a version set",
    ],
    ["a stray key", { company: { ...row, istio: "1.1" } }, "company: istio is no part of a version set"],
    [
      "a tag in place of a digest",
      { company: { ...row, imageDigests: { "docker.io/a/b:1": "latest" } } },
      'company.imageDigests.docker.io/a/b:1: "latest" given, a digest as sha256:…, 64 hexadecimal digits is wanted',
    ],
    [
      "an image without a registry",
      {
        company: {
          ...row,
          labs: { ...labs, vm: { ...labs["vm"], addons: { kiali: "kiali:v1" } } },
        },
      },
      'company.labs.vm.addons.kiali: "kiali:v1" given, an image with its registry and tag, e.g. docker.io/grafana/grafana:12.0.1 is wanted',
    ],
    [
      "another plugin",
      { company: { ...row, pulumiCommand: "0.9.0" } },
      "company.pulumiCommand: the program wants 1.2.1; leave it out",
    ],
    [
      "a kubectl that does not fit",
      { company: { ...row, kubectl: "1.31.0" } },
      "company.kubectl: 1.31.0 is more than one minor version away from vm's Kubernetes 1.28.15",
    ],
    ["a registry set", { company: { ...row, source: "registry" } }, 'company.source: only "official" can be given'],
    [
      "a name of the table",
      { book: row },
      "book: is taken; use lower case letters, digits and hyphens, e.g. company-2025",
    ],
    ["the name auto", { auto: row }, "auto: is taken; use lower case letters, digits and hyphens, e.g. company-2025"],
    [
      "a name that is none of a folder",
      { "../up": row },
      "../up: is no name of a set; use lower case letters, digits and hyphens, e.g. company-2025",
    ],
    ["a list", [row], 'version sets by name are wanted, e.g. {"company": {…}}'],
  ])("with %s are refused", (_, content, problem) => {
    expect(() => read(content)).toThrow(`${path()}: ${problem}`);
  });

  it("are refused with every problem at once", () => {
    const wrong = { ...row, k3s: "v1", forum: { commit: "main", gitBlob: row.forum.gitBlob } };
    const lines = (() => {
      try {
        return [read({ one: wrong, two: { ...row, helm: "v3" } })];
      } catch (error) {
        return (error as Error).message.split("\n");
      }
    })();
    expect(lines).toEqual([
      `${path()}: one.forum.commit: "main" given, a commit of 40 hexadecimal digits is wanted`,
      `${path()}: one.k3s: "v1" given, a version without a leading v, e.g. 1.30.4 is wanted`,
      `${path()}: two.helm: "v3" given, a version without a leading v, e.g. 1.30.4 is wanted`,
    ]);
  });

  it("in a file that cannot be read are refused with the reason", () => {
    expect(() => read("{")).toThrow(`ISTIO_LAB_VERSION_SETS: ${path()}: not JSON (`);
    rmSync(path());
    const env = { ISTIO_LAB_VERSION_SETS: path() };
    expect(() => versionSets(LABS, env)).toThrow(`ISTIO_LAB_VERSION_SETS: ${path()}: cannot be read (ENOENT)`);
    expect(() => versionSets(LABS, { ISTIO_LAB_VERSION_SETS: "sets.json" })).toThrow(
      'ISTIO_LAB_VERSION_SETS: "sets.json" given; write the absolute path of a JSON file',
    );
  });
});
