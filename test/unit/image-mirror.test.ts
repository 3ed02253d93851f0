import { describe, expect, it } from "vitest";
import { imageSources } from "../../infra/toolchain/official/image-mirror";
import { pullProblem } from "../../infra/toolchain/official/image-problem";

const sources = (value?: string) => imageSources({ ISTIO_LAB_IMAGE_MIRROR: value });

function sourceOf(value: string | undefined, reference: string): string {
  const { repository, tag } = sources(value)(reference);
  return `${repository}:${tag}`;
}

describe("the mirror of images", () => {
  const each = "docker.io=harbor.example.com/hub,quay.io=harbor.example.com/quay";
  const all = "harbor.example.com/mirror";
  it.each([
    [undefined, "docker.io/istio/pilot:1.17.8", "docker.io/istio/pilot:1.17.8"],
    ["", "docker.io/istio/pilot:1.17.8", "docker.io/istio/pilot:1.17.8"],
    [each, "docker.io/istio/pilot:1.17.8", "harbor.example.com/hub/istio/pilot:1.17.8"],
    [each, "docker.io/library/nginx:alpine", "harbor.example.com/hub/library/nginx:alpine"],
    [each, "quay.io/kiali/kiali:v1.63", "harbor.example.com/quay/kiali/kiali:v1.63"],
    [each, "ghcr.io/a/b:1", "ghcr.io/a/b:1"],
    [all, "docker.io/istio/pilot:1.17.8", "harbor.example.com/mirror/docker.io/istio/pilot:1.17.8"],
    [all, "docker.io/library/ubuntu:22.04", "harbor.example.com/mirror/docker.io/library/ubuntu:22.04"],
    [`quay.io=q.example.com, ${all}/`, "quay.io/a/b:1", "q.example.com/a/b:1"],
    [`quay.io=q.example.com, ${all}/`, "docker.io/a/b:1", "harbor.example.com/mirror/docker.io/a/b:1"],
    ["127.0.0.1:5000", "docker.io/a/b:1", "127.0.0.1:5000/docker.io/a/b:1"],
    ["docker.io=localhost:5000", "docker.io/a/b:1", "localhost:5000/a/b:1"],
    ["docker.io=mirror:5000/a-b/c_d", "docker.io/a/b:1", "mirror:5000/a-b/c_d/a/b:1"],
  ])("%s gives %s as %s", (value, reference, wanted) => {
    expect(sourceOf(value, reference)).toBe(wanted);
  });

  it("says whom to log in to", () => {
    expect(sources("docker.io=127.0.0.1:5000/hub")("docker.io/a/b:1").registry).toBe("127.0.0.1:5000");
    expect(sources()("docker.io/a/b:1")).toMatchObject({ registry: "docker.io", isMirror: false });
  });

  it.each([
    ["https://harbor.example.com/hub", "the address of an image mirror has no https://"],
    ["docker.io=http://harbor.example.com", "the address of an image mirror has no https://"],
    ["harbor", '"harbor" is no host with a dot or a port'],
    ["docker.io=hub/istio", '"hub" is no host with a dot or a port'],
    ["docker.io=", '"" is no host with a dot or a port'],
    ["dockerhub=harbor.example.com", '"dockerhub" is no registry'],
    ["harbor.example.com/Hub", '"/Hub" is no path of images'],
    ["harbor.example.com/hub:1", '"/hub:1" is no path of images'],
    ["a.example.com,b.example.com", "a second address for all container registries"],
    ["quay.io=a.example.com,quay.io=b.example.com", "a second place for quay.io"],
    ["a.example.com,", '"" is no host with a dot or a port'],
  ])("is refused as %s, and it is said what would be right", (value, reason) => {
    const entry = value.split(",").at(-1) ?? "";
    expect(() => sources(value)).toThrow(
      new Error(
        `ISTIO_LAB_IMAGE_MIRROR: "${entry}" given: ${reason}; write docker.io=harbor.example.com/hub,quay.io=harbor.example.com/quay, ` +
          "or one address for all container registries, e.g. harbor.example.com/mirror",
      ),
    );
  });
});

const hub = sources()("docker.io/istio/pilot:1.17.8");
const mirror = sources("docker.io=harbor.example.com/hub")("docker.io/istio/pilot:1.17.8");

// As engines have said it to their users.
const said = [
  [
    "Error response from daemon: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit",
    "Docker Hub allows no more pulls for now (HTTP 429): toomanyrequests:",
    "raise the limit by logging in (docker login), or wait some hours, or set ISTIO_LAB_IMAGE_MIRROR",
  ],
  [
    "Error response from daemon: unexpected status from GET request to https://registry-1.docker.io/v2/istio/pilot/manifests/1.17.8: 429 Too Many Requests",
    "Docker Hub allows no more pulls for now (HTTP 429)",
    "docker login",
  ],
  [
    "Error response from daemon: pull access denied for istio/pilot, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    "Docker Hub does not let it be pulled: pull access denied",
    "log in with an account that may (docker login), or set ISTIO_LAB_IMAGE_MIRROR",
  ],
  [
    'Error response from daemon: Head "https://registry-1.docker.io/v2/istio/pilot/manifests/1.17.8": unauthorized: incorrect username or password',
    "Docker Hub does not let it be pulled",
    "docker login",
  ],
  [
    "Error response from daemon: manifest for istio/pilot:1.17.8 not found: manifest unknown: manifest unknown",
    "Docker Hub has no such image: manifest for istio/pilot:1.17.8 not found",
    "choose another version set (-c versions=…), or set ISTIO_LAB_IMAGE_MIRROR to a mirror of images that has it",
  ],
  ["Error response from daemon: manifest unknown", "Docker Hub has no such image", "choose another version set"],
  [
    'Error response from daemon: failed to resolve reference "docker.io/istio/pilot:1.17.8": docker.io/istio/pilot:1.17.8: not found',
    "Docker Hub has no such image",
    "choose another version set",
  ],
  [
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 192.168.65.7:53: no such host',
    "the engine cannot reach Docker Hub: Get",
    "behind a proxy tell the engine of it (docker info shows whether it knows one), or set ISTIO_LAB_IMAGE_MIRROR",
  ],
  [
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
    "the engine cannot reach Docker Hub",
    "behind a proxy",
  ],
  [
    "error pulling image configuration: download failed after attempts=6: dial tcp 104.16.0.1:443: i/o timeout",
    "the engine cannot reach Docker Hub",
    "behind a proxy",
  ],
  [
    "failed to register layer: write /usr/local/bin/envoy: no space left on device",
    "the disk on which the engine keeps images is full: failed to register layer",
    "make room: docker system df",
  ],
  [
    "write /var/lib/docker/tmp/GetImageBlob1234: no space left on device",
    "the disk on which the engine keeps images is full",
    "make room: docker system df",
  ],
  [
    "unexpected EOF",
    "a part of it came from Docker Hub broken off or damaged",
    "try again; if that does not help, a proxy",
  ],
  [
    "filesystem layer verification failed for digest sha256:5b8c6fdb2a7fd493",
    "a part of it came from Docker Hub broken off or damaged",
    "try again",
  ],
  [
    'Error response from daemon: failed commit on ref "layer-sha256:16ec": unexpected commit digest sha256:e3b0, expected sha256:16ec: failed precondition',
    "a part of it came from Docker Hub broken off or damaged",
    "try again",
  ],
  [
    "no matching manifest for linux/arm64/v8 in the manifest list entries: no match for platform in manifest: not found",
    "Docker Hub has it for other processors only",
    "use a machine with another processor",
  ],
  [
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    "the engine does not trust the certificate of Docker Hub",
    "give its CA to the engine",
  ],
] as const;

describe("what an engine says when it cannot pull", () => {
  it.each(said)("%s: is told in two lines with the remedy", (words, problem, remedy) => {
    const told = pullProblem(`docker pull x: exit code 1\n    ${words}`, hub)?.message.split("\n") ?? [];
    expect(told).toHaveLength(2);
    expect(told[0]).toContain(problem);
    expect(told[1]).toContain(remedy);
  });

  it.each([
    [
      'Error response from daemon: Get "https://harbor.example.com/v2/": http: server gave HTTP response to HTTPS client',
      "the mirror harbor.example.com does not speak HTTPS",
      'add "harbor.example.com" to insecure-registries',
    ],
    [
      "Error response from daemon: unauthorized: unauthorized to access repository: hub/istio/pilot",
      "the mirror harbor.example.com does not let it be pulled",
      "log in with an account that may (docker login harbor.example.com), or correct ISTIO_LAB_IMAGE_MIRROR",
    ],
    [
      "Error response from daemon: manifest for harbor.example.com/hub/istio/pilot:1.17.8 not found: manifest unknown",
      "the mirror harbor.example.com has no such image",
      "copy it there, as harbor.example.com/hub/istio/pilot:1.17.8, or correct ISTIO_LAB_IMAGE_MIRROR",
    ],
    ["unexpected EOF", "came from the mirror harbor.example.com broken off", "the mirror holds it damaged"],
  ])("%s: is told of the mirror", (words, problem, remedy) => {
    const told = pullProblem(words, mirror)?.message.split("\n") ?? [];
    expect(told[0]).toContain(problem);
    expect(told[1]).toContain(remedy);
  });

  it.each(["docker: unknown flag --platform", "permission denied while trying to connect to the Docker daemon socket"])(
    "%s: is not taken for something that is known",
    (words) => {
      expect(pullProblem(words, hub)).toBeUndefined();
    },
  );
});
