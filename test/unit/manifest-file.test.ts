import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { withImages } from "../../infra/cluster/manifest";
import { inspectManifest, readManifest, type KubernetesObject } from "../../infra/cluster/manifest-file";
import { manifestIssues } from "../../infra/cluster/manifest-issues";
import { formatIssues } from "../../infra/core/errors";
import { manifestFiles, SHARED_MANIFESTS, SHARED_NAMES } from "../../lab/shared/manifest-files";
import { labEntry } from "../../lab/registry";
import { toolchain } from "../support/toolchain";
import { testFolder } from "../support/test-folder";
import { parseLabConfig } from "../support/lab-config";

let folder: string;

beforeEach(() => {
  folder = testFolder();
});

/** Writes a manifest into the test's folder. */
function manifest(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const service = (name: string, more = "") =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\n${more}spec: {}\n`;
const inFolder = (text: string) => text.replaceAll(`${folder}/`, "");

describe("a manifest that a student has edited", () => {
  it.each([
    [
      "a list that is not closed",
      `${service("a")}foo: [bar\n`,
      "a.yaml:7: not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]; correct it, or see what was changed: git diff a.yaml",
    ],
    [
      "a tab in place of spaces, in the second document",
      `${service("a")}---\n${service("b")}status:\n\tx: 1\n`,
      "a.yaml:13: not YAML: Tabs are not allowed as indentation; correct it, or see what was changed: git diff a.yaml",
    ],
    [
      "a key twice",
      `${service("a")}spec: {}\n`,
      "a.yaml:6: not YAML: Map keys must be unique; correct it, or see what was changed: git diff a.yaml",
    ],
    [
      "an alias to nothing",
      `${service("a")}status: *nothing\n`,
      "a.yaml:1: not YAML: Unresolved alias (the anchor must be set before the alias): nothing; correct it, or see what was changed: git diff a.yaml",
    ],
    [
      "an object without a kind",
      `# a comment\n\napiVersion: v1\nmetadata:\n  name: a\n`,
      "a.yaml:3: an object without kind; write one, e.g. kind: Service",
    ],
    [
      "an object without apiVersion",
      `${service("a")}---\nkind: Service\nmetadata: {name: b}\n`,
      "a.yaml:7: an object without apiVersion; write one, e.g. apiVersion: v1",
    ],
    [
      "an object without a name",
      `apiVersion: v1\nkind: Service\nmetadata:\n  namespace: a\n`,
      "a.yaml:1: an object without metadata.name; write one, e.g. metadata: {name: webapp}",
    ],
    [
      "an object whose metadata are nothing",
      `apiVersion: v1\nkind: Service\nmetadata:\n`,
      "a.yaml:1: an object without metadata.name; write one, e.g. metadata: {name: webapp}",
    ],
    [
      "metadata that are text",
      `apiVersion: v1\nkind: Service\nmetadata: a\n`,
      "a.yaml:1: an object without metadata.name; write one, e.g. metadata: {name: webapp}",
    ],
    [
      "a name that is a number",
      `apiVersion: v1\nkind: Service\nmetadata: {name: 8080}\n`,
      "a.yaml:1: metadata.name is 8080, and text is wanted; e.g. metadata: {name: webapp}",
    ],
    [
      "a list",
      `- apiVersion: v1\n- kind: Service\n`,
      "a.yaml:1: holds a list, and an object of Kubernetes is wanted; start it with apiVersion, kind and metadata",
    ],
    [
      "a word",
      `\nhello\n`,
      `a.yaml:2: holds "hello", and an object of Kubernetes is wanted; start it with apiVersion, kind and metadata`,
    ],
  ])("is told in one line with its place: %s", (_, text, line) => {
    const file = manifest("a.yaml", text);
    expect(inFolder(formatIssues(inspectManifest(file).issues))).toBe(line);
    expect(() => readManifest(file)).toThrow(formatIssues(inspectManifest(file).issues));
  });

  it("is named by its path in the checkout", () => {
    const file = join(process.cwd(), "lab", "shared", "manifests", "no-such.yaml");
    expect(inspectManifest(file).issues).toEqual([
      {
        place: "lab/shared/manifests/no-such.yaml",
        problem: "is missing; put it back, e.g. git checkout -- lab/shared/manifests/no-such.yaml",
      },
    ]);
  });

  it("is told if it is no file that can be read", () => {
    const file = join(folder, "a.yaml");
    mkdirSync(file);
    expect(inFolder(formatIssues(inspectManifest(file).issues))).toBe(
      "a.yaml: cannot be read (EISDIR); run: npm run lab -- setup",
    );
  });

  it("tells every problem of every document", () => {
    const file = manifest("a.yaml", `kind: Service\n---\nfoo: [\n---\n${service("a")}---\n# nothing\n`);
    expect(inspectManifest(file).issues.map(({ place }) => basename(place))).toEqual([
      "a.yaml:1",
      "a.yaml:1",
      "a.yaml:4",
    ]);
    expect(inspectManifest(file).objects).toMatchObject([{ object: { metadata: { name: "a" } } }]);
  });

  it.each([
    ["text", "x"],
    ["nothing", null],
    ["a map", { name: "webapp" }],
    ["a list with nothing in it", [null, "x", { image: "y" }]],
  ])("keeps containers for the API server to refuse that are %s", (_, containers) => {
    const object = { ...(JSON.parse(POD) as KubernetesObject), spec: { containers } };
    expect(withImages(object, { webapp: "webapp:2" })).toEqual(object);
  });
});

const POD = '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}';

describe("the manifests of a lab", () => {
  const issuesOf = (...texts: readonly string[]) => {
    const files = texts.map((text, index) => manifest(`${"abc"[index] ?? ""}.yaml`, text));
    return inFolder(formatIssues(manifestIssues(files.map((file) => ({ cluster: "c", files: [file] })))));
  };

  it.each([
    [
      "in two files of two parts",
      [service("webapp"), `# mine\n${service("webapp")}`],
      "b.yaml:2: Service webapp is already in a.yaml:1; remove one of them",
    ],
    [
      "in one file",
      [`${service("webapp")}---\n${service("webapp")}`],
      "a.yaml:7: Service webapp is already in a.yaml:1; remove one of them",
    ],
    [
      "in another version of its API, of the same namespace",
      [
        "apiVersion: networking.istio.io/v1beta1\nkind: Gateway\nmetadata: {name: g, namespace: n}\n",
        "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: g, namespace: n}\n",
      ],
      "b.yaml:1: Gateway g of namespace n is already in a.yaml:1; remove one of them",
    ],
  ])("may not hold the same object twice: %s", (_, texts, line) => {
    expect(issuesOf(...texts)).toBe(line);
  });

  it("may hold objects of one kind and name in two namespaces in two parts, but not in one, whose resources have no other name", () => {
    const [here, there] = [service("webapp", "  namespace: a\n"), service("webapp", "  namespace: b\n")];
    expect(issuesOf(here, there)).toBe("");
    expect(issuesOf(`${here}---\n${there}`)).toBe(
      "a.yaml:8: Service webapp of namespace b has the name of the Service in a.yaml:1, and the lab tells them apart by names; give it another one",
    );
  });

  it("may hold the same object in two clusters, whose faults are told once", () => {
    const file = manifest("a.yaml", service("a"));
    const wrong = manifest("b.yaml", "kind: X\n");
    const sets = ["east", "west"].map((cluster) => ({ cluster, files: [file, wrong] }));
    expect(manifestIssues(sets)).toHaveLength(2);
  });

  it.each([
    ["vm", {}],
    ["multicluster", { localityFailover: "true", allowOnlyIngress: "true" }],
    ["traffic-flow", { plainPort: "true" }],
    ["traffic-flow", {}],
  ])("have no fault as they are tracked: %s %j", async (lab, settings) => {
    const entry = await labEntry(lab);
    expect(await entry?.manifestIssues(parseLabConfig({ lab, ...settings }), toolchain)).toEqual([]);
  });

  it("are looked for where they belong, also if they are gone", () => {
    const own = join("lab", "vm", "manifests");
    copyFileSync(join(own, "forum.yaml"), join(folder, "webapp.yaml"));
    expect(manifestFiles(own, ["forum", "gone"])).toEqual([join(own, "forum.yaml"), join(own, "gone.yaml")]);
    expect(manifestFiles(own, ["webapp"])).toEqual([join(SHARED_MANIFESTS, "webapp.yaml")]);
    expect(manifestFiles(folder, ["webapp"])).toEqual([join(folder, "webapp.yaml")]);
    expect(readdirSync(SHARED_MANIFESTS).sort()).toEqual(SHARED_NAMES.map((name) => `${name}.yaml`).sort());
    expect(relative(process.cwd(), SHARED_MANIFESTS)).toBe("lab/shared/manifests");
  });
});
