import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { machineProcessor } from "../../infra/core/processor";
import { imageConfig, writeImageArchive } from "../../infra/toolchain/registry/image-archive";
import { bookinfoImages, layerFiles, podImages } from "../../infra/toolchain/registry/pod-images";
import type { StepContext } from "../../infra/toolchain/step";
import { testFolder } from "../support/test-folder";

const kubeadmImages = [
  "registry.k8s.io/kube-apiserver:v1.34.4",
  "registry.k8s.io/kube-controller-manager:v1.34.4",
  "registry.k8s.io/kube-scheduler:v1.34.4",
  "registry.k8s.io/kube-proxy:v1.34.4",
  "registry.k8s.io/coredns/coredns:v1.12.1",
  "registry.k8s.io/pause:3.10.1",
  "registry.k8s.io/etcd:3.6.5-0",
];

let folder: string;
beforeEach(() => {
  folder = testFolder();
});

const context = {
  exec: (command: string, args: readonly string[]) =>
    Promise.resolve(execFileSync(command, args, { encoding: "utf8" })),
} as unknown as StepContext;

function layer(name: string, text: string): { name: string; folder: string } {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, "file"), text);
  return { name, folder: join(folder, name) };
}

describe("writeImageArchive", () => {
  it("writes what docker load reads, and a layer that two images share once", async () => {
    const archive = join(folder, "archive");
    await writeImageArchive(
      context,
      archive,
      [layer("base", "b"), layer("app", "a")],
      [
        { tags: ["example.org/base:1"], layers: ["base"], entrypoint: ["/base"] },
        { tags: ["example.org/app:1"], layers: ["base", "app"], entrypoint: ["/app"], user: "1:1" },
      ],
    );
    const manifest = JSON.parse(readFileSync(join(archive, "manifest.json"), "utf8")) as {
      Config: string;
      RepoTags: string[];
      Layers: string[];
    }[];
    expect(manifest.map(({ RepoTags }) => RepoTags)).toEqual([["example.org/base:1"], ["example.org/app:1"]]);
    expect(manifest[1]?.Layers[0]).toBe(manifest[0]?.Layers[0]);
    expect(readdirSync(archive).filter((name) => name.endsWith(".tar"))).toHaveLength(2);
    for (const { Config, Layers } of manifest) {
      const text = readFileSync(join(archive, Config), "utf8");
      expect(Config).toBe(`${sha256(text)}.json`);
      const config = JSON.parse(text) as { rootfs: { diff_ids: string[] } };
      expect(config.rootfs.diff_ids).toEqual(
        Layers.map((name) => `sha256:${sha256(readFileSync(join(archive, name)))}`),
      );
    }
  });

  it("names the layer that is missing", async () => {
    const image = { tags: ["example.org/app:1"], layers: ["bsae"], entrypoint: ["/app"] };
    await expect(writeImageArchive(context, join(folder, "archive"), [layer("base", "b")], [image])).rejects.toThrow(
      "image example.org/app:1: layer bsae given, one of base wanted",
    );
  });
});

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

describe("imageConfig", () => {
  it("has what the definition says, for this machine's processor", () => {
    const image = { tags: [], layers: [], entrypoint: ["/init"], stopSignal: "SIGRTMIN+3", env: ["container=docker"] };
    expect(imageConfig(image, ["sha256:1"])).toEqual({
      architecture: machineProcessor(),
      os: "linux",
      config: {
        Entrypoint: ["/init"],
        Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "container=docker"],
        StopSignal: "SIGRTMIN+3",
      },
      rootfs: { type: "layers", diff_ids: ["sha256:1"] },
      history: [{ created_by: "istio-lab" }],
    });
  });
});

describe("podImages", () => {
  it("has every image that kubeadm, MetalLB, istioctl and the labs name", () => {
    const tags = podImages(kubeadmImages).flatMap((image) => image.tags);
    expect(new Set(tags)).toEqual(
      new Set([
        ...kubeadmImages,
        "registry.k8s.io/pause:3.10",
        "quay.io/metallb/controller:v0.14.9",
        "quay.io/metallb/speaker:v0.14.9",
        "docker.io/istio/pilot:1.31-lab",
        "docker.io/istio/proxyv2:1.31-lab",
        ...["webapp", "catalog", "forum", "simple-backend"].flatMap((app) => [
          `docker.io/istioinaction/${app}:lab`,
          `docker.io/istioinaction/${app}:latest`,
        ]),
        "docker.io/istio-lab/netshoot:lab",
        "docker.io/istio-lab/prometheus:lab",
        "docker.io/istio-lab/zipkin:lab",
        "docker.io/library/nginx:alpine",
        "docker.io/library/nginx:latest",
        ...["productpage-v1", "details-v1", "ratings-v1", "reviews-v1", "reviews-v2", "reviews-v3"].map(
          (service) => `registry.istio.io/release/examples-bookinfo-${service}:1.20.3`,
        ),
      ]),
    );
    expect(tags).toHaveLength(new Set(tags).size);
  });

  it("starts programs that are in the image's layers", () => {
    for (const image of podImages(kubeadmImages)) {
      // Whole trees hold the programs of these.
      const trees = ["prometheus", "nginx", "zipkin"];
      if (image.layers.some((name) => trees.includes(name)) || image.layers.join() === "debian") {
        continue;
      }
      const files = image.layers.flatMap((name) => Object.keys(layerFiles[name] ?? {}));
      expect(files.map((file) => `/${file}`)).toContain(image.entrypoint[0]);
    }
  });

  it("tells each image of Bookinfo its service and version", () => {
    const images = podImages(kubeadmImages).filter(({ tags }) => tags.some((tag) => bookinfoImages.includes(tag)));
    expect(images.map(({ entrypoint }) => entrypoint.slice(1).join("-"))).toEqual(
      bookinfoImages.map((tag) => tag.replace(/^.*bookinfo-|:.*$/g, "")),
    );
  });

  it("says what kubeadm did not name", () => {
    expect(() => podImages(kubeadmImages.slice(0, 6))).toThrow(/one with \/etcd wanted/);
  });
});
