import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { MARKER_FILE } from "../../infra/core/folder-marker";
import { binFolder, toolchainFolder } from "../../infra/core/toolchain-key";
import { readToolchainManifest } from "../../infra/core/toolchain-manifest";
import { toolchainEnvironment } from "../../infra/toolchain/environment";
import type * as Versions from "../../infra/core/versions";
import { versionTable } from "../../infra/core/versions";
import type * as Releases from "../../infra/toolchain/official/releases";
import { ensureToolchain, linkToolchain, type SetupOptions } from "../../infra/toolchain/setup";
import { FakeDocker, firstDigest } from "../support/fake-docker";
import { LAB_NEEDS, officialLab, type NeedyLabName } from "../support/lab-needs";
import { testFolder } from "../support/test-folder";
import { testServer } from "../support/test-server";

// What the pins are for is not on this machine: the mirror's files get pins of their own, everything else stays.
vi.mock("../../infra/core/versions", async (importOriginal) => {
  const original = await importOriginal<typeof Versions>();
  const forum = {
    ...original.versionTable.book.forum,
    gitBlob: createHash("sha1").update("blob 5\0forum").digest("hex"),
  };
  const pins = { forum, metallbManifestSha256: createHash("sha256").update("metallb").digest("hex") };
  const { book, current, registry } = original.versionTable;
  return { ...original, versionTable: { book: { ...book, ...pins }, current: { ...current, ...pins }, registry } };
});

// The book's repository has the forum program for one processor only.
vi.mock("../../infra/toolchain/official/releases", async (importOriginal) => {
  const original = await importOriginal<typeof Releases>();
  const { forum } = original.releases;
  const platforms = { "linux-x64": "linux-amd64", "linux-arm64": "linux-amd64" };
  return { ...original, releases: { ...original.releases, forum: { ...forum, platforms } } };
});

let home: string;
let machine: string;
let docker: FakeDocker;
let requests: string[];
let shown: string;

const cache = () => join(home, "cache");
/** Folder of the toolchain of a lab with the versions of the study notes. */
const toolchain = (lab: NeedyLabName = "vm", versionSet = "book") =>
  toolchainFolder({ source: "official", versionSet, lab });
const bin = (...path: string[]) => join(binFolder(toolchain()), ...path);
const files = () => join(home, "mirror");

beforeEach(async () => {
  home = testFolder();
  machine = join(home, "machine");
  mkdirSync(machine);
  for (const name of ["sh", "bash", "tar", "gzip", "grep", "dirname", "cat", "head", "tail", "sed"]) {
    symlinkSync(spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim(), join(machine, name));
  }
  docker = new FakeDocker(machine, process.arch === "arm64" ? "arm64" : "amd64");
  makeMirror();
  requests = [];
  shown = "";
  const { url } = await testServer((request, response) => {
    requests.push(request.url ?? "");
    const file = join(files(), decodeURIComponent(request.url ?? ""));
    if (existsSync(file)) response.end(readFileSync(file));
    else response.writeHead(404).end();
  });
  vi.stubEnv("PATH", machine);
  // The official hosts, which are asked after the mirror, are behind a proxy that is not there: nothing leaves this machine.
  vi.stubEnv("HTTPS_PROXY", "http://127.0.0.1:1");
  vi.stubEnv("https_proxy", "http://127.0.0.1:1");
  // An engine elsewhere is never repaired: whatever goes wrong here, this machine's own engine stays as it is.
  vi.stubEnv("DOCKER_HOST", "tcp://127.0.0.1:1");
  vi.stubEnv("ISTIO_LAB_CACHE", cache());
  vi.stubEnv("ISTIO_LAB_SOURCE", "official");
  vi.stubEnv("ISTIO_LAB_MIRROR", url);
});

function program(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}

function prints(text: string): string {
  return `#!/bin/sh\necho '${text}'\n`;
}

/** Puts what official mode wants into the mirror, for this machine's platform and as the real hosts lay it out. */
function makeMirror(): void {
  const arm = process.arch === "arm64";
  const mac = process.platform === "darwin";
  const system = mac ? "darwin" : "linux";
  const go = `${system}-${arm ? "arm64" : "amd64"}`;
  const put = (path: string, content: string | Buffer, suffix?: string): void => {
    const file = join(files(), path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    if (suffix) writeFileSync(file + suffix, createHash("sha256").update(content).digest("hex"));
  };
  put(
    `github.com/kubernetes-sigs/kind/releases/download/v0.30.0/kind-${go}`,
    prints("kind v0.30.0 go1.24"),
    ".sha256sum",
  );
  put(
    `dl.k8s.io/release/v1.29.15/bin/${go.replace("-", "/")}/kubectl`,
    prints('{"gitVersion": "v1.29.15"}'),
    ".sha256",
  );
  const istioPlatform = mac ? (arm ? "osx-arm64" : "osx") : go;
  for (const istio of ["1.17.8", "1.23.2"]) {
    const istioctl = archive({ istioctl: prints(istio) });
    put(
      `github.com/istio/istio/releases/download/${istio}/istioctl-${istio}-${istioPlatform}.tar.gz`,
      istioctl,
      ".sha256",
    );
    // Of the release only the samples are kept.
    const release = { [`istio-${istio}/samples/addons/grafana.yaml`]: istio, [`istio-${istio}/bin/istioctl`]: "large" };
    put(
      `github.com/istio/istio/releases/download/${istio}/istio-${istio}-${istioPlatform}.tar.gz`,
      archive(release),
      ".sha256",
    );
    const sidecar = `istio-sidecar${arm ? "-arm64" : ""}.deb`;
    put(`blob.istio.io/istio-release/releases/${istio}/deb/${sidecar}`, "deb", ".sha256");
  }
  const pulumi = archive({ "pulumi/pulumi": prints("v3.259.0"), "pulumi/pulumi-language-nodejs": prints("host") });
  const pulumiName = `pulumi-v3.259.0-${system}-${arm ? "arm64" : "x64"}.tar.gz`;
  put(`get.pulumi.com/releases/sdk/${pulumiName}`, pulumi);
  const sum = createHash("sha256").update(pulumi).digest("hex");
  put("github.com/pulumi/pulumi/releases/download/v3.259.0/pulumi-3.259.0-checksums.txt", `${sum}  ${pulumiName}\n`);
  for (const [name, version] of [
    ["command", "1.2.1"],
    ["kubernetes", "4.34.2"],
    ["aws", "7.48.0"],
  ] as const) {
    const plugin = archive({ [`pulumi-resource-${name}`]: prints(name) });
    const file = `pulumi-resource-${name}-v${version}-${go}.tar.gz`;
    put(`get.pulumi.com/releases/plugins/${file}`, plugin);
    // AWS' release lists SHA-1, as its workflow has it.
    const digest = createHash(name === "aws" ? "sha1" : "sha256")
      .update(plugin)
      .digest("hex");
    const list = `github.com/pulumi/pulumi-${name}/releases/download/v${version}/pulumi-${name}_${version}_checksums.txt`;
    put(list, `${digest}  ${name === "aws" ? "./" : ""}${file}\n`);
  }
  put("raw.githubusercontent.com/metallb/metallb/v0.14.9/config/manifests/metallb-native.yaml", "metallb");
  const commit = "088fbcc2de75cfe7fe3ff492a6dfd64e26f8be06";
  put(`raw.githubusercontent.com/istioinaction/book-source-code/${commit}/services/forum/forum-linux-amd64`, "forum");
}

function archive(content: Record<string, string>): Buffer {
  const folder = mkdtempSync(join(home, "archive-"));
  for (const [path, text] of Object.entries(content)) program(join(folder, path), text);
  return spawnSync("tar", ["-cz", "-C", folder, ...readdirSync(folder)]).stdout;
}

type Options = Omit<SetupOptions, "lab"> & { readonly lab?: NeedyLabName };

function setUp({ lab = "vm", ...options }: Options = {}) {
  return ensureToolchain({ output: { write: (text) => (shown += text) }, ...options, lab: LAB_NEEDS[lab] });
}

function run(tool: string, lab: NeedyLabName = "vm"): string {
  return spawnSync(join(binFolder(toolchain(lab)), tool), [], { encoding: "utf8" }).stdout.trim();
}

describe("the set-up from official releases", () => {
  it("serves each lab the Istio and the node of its own notes", async () => {
    const versions = async (lab: "vm" | "traffic-flow") => {
      const manifest = await setUp({ lab });
      return [
        manifest.versions["istio"],
        manifest.images["kind-node"]?.replace(/-[0-9a-f]{12}$/, ""),
        run("istioctl", lab),
      ];
    };
    const flow = ["1.23.2", "istio-lab/node:v1.30.4-traffic-flow", "1.23.2"];
    const vm = ["1.17.8", "istio-lab/node:v1.28.15-vm", "1.17.8"];
    expect([await versions("traffic-flow"), await versions("vm"), await versions("traffic-flow")]).toEqual([
      flow,
      vm,
      flow,
    ]);
  });

  it("puts every tool into one folder and says in the manifest what there is", async () => {
    const manifest = await setUp();
    expect(readdirSync(bin()).sort()).toEqual([
      "istioctl",
      "kind",
      "kubectl",
      "pulumi",
      "pulumi-resource-command",
      "pulumi-resource-kubernetes",
    ]);
    expect([run("kind"), run("istioctl"), run("pulumi")]).toEqual(["kind v0.30.0 go1.24", "1.17.8", "v3.259.0"]);
    // Pulumi looks for its language hosts beside what its links lead to.
    expect(existsSync(join(dirname(readlinkSync(bin("pulumi"))), "pulumi-language-nodejs"))).toBe(true);
    expect(manifest).toMatchObject({
      schema: 1,
      source: "official",
      versionSet: "book",
      binFolder: bin(),
      upstreamEnvoy: false,
      unavailable: [],
    });
    expect(manifest.versions).toMatchObject({ istio: "1.17.8", kubernetes: "1.28.15", metallb: "0.14.9" });
    expect(manifest.images["kind-node"]).toMatch(/^istio-lab\/node:v1\.28\.15-vm-[0-9a-f]{12}$/);
    expect(manifest.images.webapp).toBe("docker.io/istioinaction/webapp:latest");
    expect(manifest.images.tracing).toBe("docker.io/jaegertracing/all-in-one:1.35");
    expect(manifest.addons).toEqual({ tracing: "jaeger", discovery: "kubernetes" });
    const { istioSamples, ...single } = manifest.files;
    expect(Object.values(single).map((file) => readFileSync(file, "utf8"))).toEqual(["metallb", "deb", "forum"]);
    expect(readdirSync(istioSamples, { recursive: true })).toEqual(["addons", join("addons", "grafana.yaml")]);
    expect(readFileSync(join(istioSamples, "addons", "grafana.yaml"), "utf8")).toBe("1.17.8");
    expect(statSync(manifest.files.forumBinary).mode & 0o111).toBe(0o111);
    expect(docker.images()).toEqual(expect.arrayContaining([manifest.images["kind-node"], manifest.images.vm]));
    expect(manifest.digests).toMatchObject({
      "docker.io/istio/pilot:1.17.8": firstDigest,
      "docker.io/kindest/node:v1.28.15": officialLab("vm").kindNodeDigest,
      "docker.io/library/ubuntu:22.04": firstDigest,
    });
    expect(readToolchainManifest(toolchain())).toEqual(manifest);
    expect(shown).toContain("tools and images come from official releases (ISTIO_LAB_SOURCE=official); versions: book");
  });

  it("brings the plugins that Pulumi needs, and that of AWS only for a lab there, from which on it stays", async () => {
    const plugin = (name: string) => join(toolchain(), "pulumi-home", "plugins", name);
    const ran = (name: string) => spawnSync(plugin(`resource-${name}`), { encoding: "utf8" }).stdout.trim();
    await setUp();
    expect(readdirSync(plugin("")).sort()).toEqual(["resource-command-v1.2.1", "resource-kubernetes-v4.34.2"]);
    expect(ran("command-v1.2.1/pulumi-resource-command")).toBe("command");
    expect(requests.filter((path) => path.includes("aws"))).toEqual([]);
    await setUp({ cloud: true });
    expect(ran("aws-v7.48.0/pulumi-resource-aws")).toBe("aws");
    requests = [];
    await setUp();
    expect([requests, readdirSync(plugin("")).length]).toEqual([[], 3]);
    expect(readdirSync(bin())).toContain("pulumi-resource-aws");
  });

  it("does nothing, silently and without the network, if everything is there", async () => {
    const manifest = await setUp();
    requests = [];
    shown = "";
    expect(await setUp()).toEqual(manifest);
    expect(requests).toEqual([]);
    expect(shown).toBe("");
  });

  it("says first, and nothing else, that this user may not use the engine", async () => {
    const said = "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock";
    program(
      join(machine, "docker"),
      `#!/bin/sh\necho '${said}: Get "http://x/info": connect: permission denied' >&2; exit 1\n`,
    );
    vi.stubEnv("DOCKER_HOST", "");
    await expect(setUp()).rejects.toThrow(
      'the Docker engine cannot be asked: permission denied: this user may not use the Docker socket unix:///var/run/docker.sock; sudo usermod -aG docker "$USER" # then log in again; or',
    );
    expect([shown, requests]).toEqual(["", []]);
  });

  it("brings back a tool's link", async () => {
    await setUp();
    rmSync(bin("kind"));
    requests = [];
    await setUp();
    expect(run("kind")).toBe("kind v0.30.0 go1.24");
    expect(requests).toEqual([]);
  });

  it("brings back what got lost: a tool's link, a tool, an image, the manifest", async () => {
    const manifest = await setUp();
    rmSync(bin("kind"));
    rmSync(dirname(readlinkSync(bin("kubectl"))), { recursive: true });
    docker.lose("istio-lab/");
    rmSync(join(toolchain(), "toolchain.json"));
    requests = [];
    expect(await setUp()).toEqual(manifest);
    expect(run("kind")).toBe("kind v0.30.0 go1.24");
    expect(run("kubectl")).toContain("v1.29.15");
    expect(requests.map((path) => path.split("/").at(-1))).toEqual(["kubectl.sha256", "kubectl"]);
    expect(docker.images()).toContain(manifest.images["kind-node"]);
    expect(readToolchainManifest(toolchain())).toEqual(manifest);
  });

  it("uses a tool of the machine that will do, and its own again when that becomes another", async () => {
    program(join(machine, "kind"), prints("kind v0.31.0 go1.25 linux/amd64"));
    program(join(machine, "istioctl"), prints("1.18.0"));
    await setUp();
    expect(readlinkSync(bin("kind"))).toBe(join(machine, "kind"));
    expect(shown).toContain(`using this machine's kind 0.31.0 (${join(machine, "kind")})`);
    // istioctl installs the control plane of its own version.
    expect(run("istioctl")).toBe("1.17.8");
    expect(requests.filter((path) => path.includes("/kind/"))).toEqual([]);
    program(join(machine, "kind"), prints("kind v0.11.0 go1.16 linux/amd64"));
    await setUp();
    expect(run("kind")).toBe("kind v0.30.0 go1.24");
  });

  it("never takes its own tools for those of the machine", async () => {
    await setUp();
    vi.stubEnv("PATH", `${bin()}:${machine}`);
    rmSync(join(toolchain(), "setup.json"));
    await setUp();
    expect(shown).not.toContain("using this machine's");
  });

  it("refuses a version set that the source cannot give", async () => {
    await expect(setUp({ versions: "registry" })).rejects.toThrow(
      'istio-lab:versions: the set "registry" is served by package registries, but this machine uses official releases; use "auto" or "book" or "current"',
    );
    expect(requests).toEqual([]);
  });

  it("removes from the folder of tools what does not belong there", async () => {
    program(bin("helm"), prints("old"));
    // Of an earlier set-up.
    writeFileSync(join(cache(), MARKER_FILE), JSON.stringify({ id: "0123456789abcdef" }));
    await setUp();
    expect(existsSync(bin("helm"))).toBe(false);
  });

  /** Every path of a folder with what it holds or leads to, and its times. */
  const content = (folder: string) =>
    (readdirSync(folder, { recursive: true }) as string[]).sort().map((name) => {
      const { mode, ino, mtimeMs } = lstatSync(join(folder, name));
      const isFile = lstatSync(join(folder, name)).isFile();
      return [name, mode, ino, mtimeMs, isFile ? readFileSync(join(folder, name), "utf8") : ""];
    });

  it.each<[string, Options]>([
    ["lab", { lab: "traffic-flow" }],
    ["version set", { versions: "company" }],
  ])("for another %s leaves every byte of a toolchain, and downloads nothing twice", async (_, other) => {
    vi.stubEnv("ISTIO_LAB_VERSION_SETS", join(home, "sets.json"));
    const { metallb, metallbManifestSha256, forum, kubectl, k3s, helm } = versionTable.book;
    const vm = LAB_NEEDS["traffic-flow"].versions.book;
    const company = { metallb, metallbManifestSha256, forum, kubectl, k3s, helm, labs: { vm } };
    writeFileSync(join(home, "sets.json"), JSON.stringify({ company }));
    await setUp();
    const before = content(toolchain());
    requests = [];
    const manifest = await setUp(other);
    expect(content(toolchain())).toEqual(before);
    expect([run("istioctl"), spawnSync(join(manifest.binFolder, "istioctl"), { encoding: "utf8" }).stdout]).toEqual([
      "1.17.8",
      "1.23.2\n",
    ]);
    expect(requests.filter((path) => !path.includes("1.23.2"))).toEqual([]);
  });

  it("is made from the source that a stack was built from, whatever serves this machine", async () => {
    vi.stubEnv("ISTIO_LAB_SOURCE", "registry");
    const { source, binFolder: folder } = await setUp({ source: "official", versions: "book", lab: "vm" });
    expect([source, folder]).toEqual(["official", bin()]);
    expect(shown).toContain("official releases (the stack was built from them); versions: book");
  });

  it("links a toolchain again whose folder is gone, without a word; but builds nothing for that", async () => {
    const key = { source: "official", versions: "book", lab: LAB_NEEDS.vm } as const;
    expect(await linkToolchain(key)).toBeUndefined();
    expect(requests).toEqual([]);
    const manifest = await setUp();
    const before = readdirSync(bin()).map((name) => [name, statSync(bin(name)).ino]);
    rmSync(toolchain(), { recursive: true });
    [requests, shown] = [[], ""];
    expect(await linkToolchain(key)).toEqual(manifest);
    expect(readdirSync(bin()).map((name) => [name, statSync(bin(name)).ino])).toEqual(before);
    expect([requests, shown]).toEqual([[], ""]);
  });

  it("leaves the folder of tools of an older istio-lab as it is", async () => {
    program(join(cache(), "bin", "kind"), prints("old"));
    writeFileSync(join(cache(), MARKER_FILE), JSON.stringify({ id: "0123456789abcdef" }));
    await setUp();
    expect(readFileSync(join(cache(), "bin", "kind"), "utf8")).toBe(prints("old"));
  });

  it("keeps the cache to the user", async () => {
    await setUp();
    expect(statSync(cache()).mode & 0o777).toBe(0o700);
    expect(statSync(join(toolchain(), "toolchain.json")).mode & 0o777).toBe(0o600);
  });
});

describe("the environment of tools", () => {
  it("has the tools first on PATH, once, and no others of ours, and Pulumi's own folder in the cache", () => {
    const path = "/usr/bin:/c/official-book-vm/bin:/c/registry-registry-vm/bin:/bin";
    expect(toolchainEnvironment("/c/official-book-vm", path)).toEqual({
      ISTIO_LAB_TOOLCHAIN: "/c/official-book-vm",
      PATH: "/c/official-book-vm/bin:/usr/bin:/bin",
      PULUMI_HOME: "/c/official-book-vm/pulumi-home",
      PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    });
  });
});
