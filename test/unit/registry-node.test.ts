import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { programFolder } from "../../infra/toolchain/registry/sources";
import { FakeBin } from "../support/fake-bin";

const text = readFileSync(join(programFolder("node-registry"), "node-registry.sh"), "utf8");
const TYPE = "application/vnd.docker.distribution.manifest.v2+json";
const DIGEST = "sha256:aad8";
const MANIFEST = '{"schemaVersion":2}';
/** containerd with one image. */
const ctr = `case "$*" in
  *"images list") printf 'REF TYPE DIGEST SIZE\\ndocker.io/library/nginx:latest ${TYPE} ${DIGEST} 1\\n' ;;
  *"content get ${DIGEST}") printf '%s' '${MANIFEST}' ;;
  *) exit 1 ;;
esac`;

/** Sends a request and takes the answer apart. */
function ask(line: string) {
  const run = new FakeBin({ ctr }).run(text, {}, `${line} HTTP/1.1\r\nHost: 127.0.0.1:5001\r\nAccept: */*\r\n\r\n`);
  const [head = "", body = ""] = run.stdout.split("\r\n\r\n");
  const [status, ...headers] = head.split("\r\n");
  return { exitCode: run.exitCode, status, headers, body };
}

describe("the images of a node, as a registry for its containerd", () => {
  const headers = [
    "Connection: close",
    `Content-Type: ${TYPE}`,
    `Docker-Content-Digest: ${DIGEST}`,
    `Content-Length: ${String(MANIFEST.length)}`,
  ];

  it.each([
    ["HEAD /v2/library/nginx/manifests/latest?ns=docker.io", ""],
    ["GET /v2/library/nginx/manifests/latest?ns=docker.io", MANIFEST],
    [`GET /v2/library/nginx/manifests/${DIGEST}?ns=docker.io`, MANIFEST],
  ])("%s is answered with the manifest of the image that is there", (line, body) => {
    expect(ask(line)).toEqual({ exitCode: 0, status: "HTTP/1.1 200 OK", headers, body });
  });

  it.each([
    ["an image that is not there", "HEAD /v2/library/redis/manifests/latest?ns=docker.io"],
    ["another registry's image of that name", "HEAD /v2/library/nginx/manifests/latest?ns=quay.io"],
    ["a request that names no registry", "HEAD /v2/library/nginx/manifests/latest"],
    ["a layer", "GET /v2/library/nginx/blobs/sha256:00?ns=docker.io"],
    ["anything else", "GET /../etc/passwd"],
  ])("%s is left to the next registry", (_, line) => {
    expect(ask(line)).toMatchObject({ exitCode: 0, status: "HTTP/1.1 404 Not Found", body: "" });
  });

  it("says that it is a registry", () => {
    expect(ask("GET /v2/")).toMatchObject({ exitCode: 0, status: "HTTP/1.1 200 OK" });
  });
});
