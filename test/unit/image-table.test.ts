import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { versionTable } from "../../infra/core/versions";
import { imageParts, referenceSlug } from "../../infra/toolchain/official/image-reference";
import { labImages } from "../../infra/toolchain/official/images";
import { LAB_NEEDS, officialLab, type NeedyLabName } from "../support/lab-needs";

/** The whole reference, as containerd and the table of images write it. */
function fullReference(reference: string): string {
  const { registry, path, tag } = imageParts(reference);
  return `${registry}/${path}:${tag}`;
}

const labs = Object.keys(LAB_NEEDS) as NeedyLabName[];
const addons = ["prometheus", "grafana", "kiali", "jaeger", "kube-ops-view"] as const;

const imagesOf = (set: "book" | "current", lab: NeedyLabName) => labImages(versionTable[set], officialLab(lab, set));
const references = (set: "book" | "current", lab: NeedyLabName) => imagesOf(set, lab).map(({ reference }) => reference);

describe("the table of images", () => {
  it("names for multicluster what its nodes, its client and its pods run, and nothing else", () => {
    expect(imagesOf("book", "multicluster")).toEqual([
      {
        name: "kind-node",
        reference: "docker.io/kindest/node:v1.28.15",
        digest: officialLab("multicluster").kindNodeDigest,
        use: "node",
      },
      { name: "vm", reference: "docker.io/library/ubuntu:22.04", use: "vm" },
      { name: "pilot", reference: "docker.io/istio/pilot:1.17.8", use: "pods" },
      { name: "proxyv2", reference: "docker.io/istio/proxyv2:1.17.8", use: "pods" },
      { name: "metallb-controller", reference: "quay.io/metallb/controller:v0.14.9", use: "pods" },
      { name: "metallb-speaker", reference: "quay.io/metallb/speaker:v0.14.9", use: "pods" },
      { name: "webapp", reference: "docker.io/istioinaction/webapp:latest", use: "pods" },
      { name: "catalog", reference: "docker.io/istioinaction/catalog:latest", use: "pods" },
      { name: "simple-backend", reference: "docker.io/nicholasjackson/fake-service:v0.17.0", use: "pods" },
      { name: "netshoot", reference: "docker.io/nicolaka/netshoot:v0.13", use: "pods" },
    ]);
  });

  it.each([
    [
      "book",
      "vm",
      ["pilot:1.17.8", "node:v1.28.15", "metallb/speaker", "webapp", "kiali:v1.63"],
      ["netshoot", "nginx"],
    ],
    ["book", "traffic-flow", ["pilot:1.23.2", "node:v1.30.4", "nginx:alpine", "nginx:latest"], ["metallb", "webapp"]],
    ["current", "vm", ["pilot:1.30.4", "node:v1.34.0", "kiali:v2.26"], ["netshoot", "bookinfo"]],
  ] as const)("of %s has for %s what the lab needs", (set, lab, wanted, unwanted) => {
    const all = references(set, lab).join("\n");
    wanted.forEach((text) => expect(all).toContain(text));
    unwanted.forEach((text) => expect(all).not.toContain(text));
  });

  it("names each image once, whole and by a name of its own", () => {
    for (const set of ["book", "current"] as const) {
      for (const lab of labs) {
        const images = imagesOf(set, lab);
        expect(new Set(images.map(({ name }) => name)).size).toBe(images.length);
        expect(new Set(images.map(({ reference }) => reference)).size).toBe(images.length);
        for (const { reference } of images) expect(fullReference(reference)).toBe(reference);
      }
    }
  });

  it("has the digests that a version set knows", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const versions = { ...versionTable.book, imageDigests: { "docker.io/istio/pilot:1.17.8": digest } };
    const known = labImages(versions, officialLab("vm")).filter((image) => image.digest !== undefined);
    expect(known.map(({ name }) => name)).toEqual(["kind-node", "pilot"]);
    expect(known[1]?.digest).toBe(digest);
  });

  it("leaves out add-ons that a version set does not have", () => {
    const { addons: all, ...vm } = officialLab("vm");
    const versions = { ...versionTable.book, labs: { vm: { ...vm, addons: { prometheus: all.prometheus ?? "" } } } };
    const names = labImages(versions, officialLab("vm", "book", versions)).map(({ name }) => name);
    expect(addons.filter((name) => names.includes(name))).toEqual(["prometheus"]);
  });
});

interface Container {
  readonly name: string;
  readonly image?: string;
  readonly imagePullPolicy?: string;
}

const root = join(__dirname, "../..");
const folders = ["lab/shared/manifests", ...labs.map((lab) => `lab/${lab}/manifests`), "infra/addon/manifests"];
const manifests = folders
  .flatMap((folder) => readdirSync(join(root, folder)).map((file) => `${folder}/${file}`))
  .filter((file) => file.endsWith(".yaml"));

/** All containers of a manifest, wherever in an object they are. */
function containersOf(file: string): Container[] {
  const found: Container[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (/^(initC|c)ontainers$/.test(key) && Array.isArray(inner)) found.push(...(inner as Container[]));
      visit(inner);
    }
  };
  for (const document of parseAllDocuments(readFileSync(join(root, file), "utf8"))) visit(document.toJS());
  return found;
}

describe("the pods of the labs", () => {
  const containers = manifests.flatMap((file) =>
    containersOf(file).map((container) => [file, container.name, container] as const),
  );

  it("are all seen here", () => {
    expect(containers.length).toBeGreaterThan(5);
  });

  it.each(containers)("of %s take the image of %s that the node has", (_, __, { image, imagePullPolicy }) => {
    // Without a tag, or with `latest`, Kubernetes would ask a registry at each start.
    expect([image === undefined, imagePullPolicy]).toEqual([false, "IfNotPresent"]);
  });

  // Those of the add-ons come from the manifest of the toolchain.
  it.each(labs)("of %s run nothing that is not in the table", (lab) => {
    const known = references("book", lab);
    const own = manifests.filter((file) => file.startsWith(`lab/${lab}/`)).flatMap(containersOf);
    const shared =
      lab === "traffic-flow"
        ? []
        : manifests.filter((file) => file.startsWith("lab/shared/manifests/")).flatMap(containersOf);
    for (const { image = "" } of [...own, ...shared]) expect(known).toContain(fullReference(image));
  });
});

describe("a reference", () => {
  it.each([
    ["nginx", "docker.io", "library/nginx", "latest"],
    ["nginx:alpine", "docker.io", "library/nginx", "alpine"],
    ["istio/pilot:1.17.8", "docker.io", "istio/pilot", "1.17.8"],
    ["docker.io/nginx:alpine", "docker.io", "library/nginx", "alpine"],
    ["quay.io/kiali/kiali:v1.63", "quay.io", "kiali/kiali", "v1.63"],
    ["127.0.0.1:5000/a/b:1", "127.0.0.1:5000", "a/b", "1"],
    ["localhost/a", "localhost", "a", "latest"],
  ])("%s is that of registry %s, path %s and tag %s", (reference, registry, path, tag) => {
    expect(imageParts(reference)).toEqual({ registry, path, tag });
  });

  it("makes a name for files", () => {
    expect(referenceSlug("docker.io/istio/pilot:1.17.8")).toBe("docker.io-istio-pilot-1.17.8");
  });
});
