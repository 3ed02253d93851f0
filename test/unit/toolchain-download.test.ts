import { createHash } from "node:crypto";
import fs, { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { downloadRelease } from "../../infra/toolchain/official/download";
import { proxyFor } from "../../infra/toolchain/official/http";
import { locationsOf, mirrorOf } from "../../infra/toolchain/official/locations";
import { hostPlatform, linuxPlatform, platforms } from "../../infra/toolchain/official/platform";
import { releases, type Release } from "../../infra/toolchain/official/releases";
import { resolveNoNames } from "../support/no-names";
import { refusedPort } from "../support/refused-port";
import { testFolder } from "../support/test-folder";
import { testServer } from "../support/test-server";

const content = Buffer.from("a tool, byte by byte; ".repeat(5_000));
const sha256 = (data: Buffer | string) => createHash("sha256").update(data).digest("hex");

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let folder: string;
let server: Server;
let base: string;
let handlers: Record<string, Handler>;
let requests: string[];

beforeEach(async () => {
  folder = testFolder();
  handlers = {};
  requests = [];
  ({ server, url: base } = await testServer((request, response) => {
    const range = request.headers.range ? ` ${request.headers.range}` : "";
    requests.push(`${request.url ?? ""}${range}`);
    const handler = handlers[request.url ?? ""];
    if (handler) handler(request, response);
    else response.writeHead(404).end();
  }));
});
const serve =
  (body: Buffer | string): Handler =>
  (_, response) =>
    response.writeHead(200, { "content-length": Buffer.byteLength(body) }).end(body);

const status =
  (code: number): Handler =>
  (_, response) =>
    response.writeHead(code).end();

/** Serves ranges as a real server does. */
const serveRanges =
  (body: Buffer): Handler =>
  (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? Number.NaN);
    if (Number.isNaN(start)) {
      serve(body)(request, response);
      return;
    }
    if (start >= body.length) {
      response.writeHead(416).end();
      return;
    }
    const range = `bytes ${String(start)}-${String(body.length - 1)}/${String(body.length)}`;
    response
      .writeHead(206, { "content-range": range, "content-length": body.length - start })
      .end(body.subarray(start));
  };

/** Promises the whole body, sends a part and, when some of that is on disk, breaks the connection. */
const breakOff =
  (body: Buffer, bytes: number): Handler =>
  (_, response) => {
    response.writeHead(200, { "content-length": body.length });
    response.write(body.subarray(0, bytes));
    const isKept = () =>
      readdirSync(folder).some((name) => name.endsWith(".part") && statSync(join(folder, name)).size > 0);
    void vi.waitUntil(isKept, { timeout: 60_000, interval: 5 }).finally(() => response.socket?.destroy());
  };

function tool(more: Partial<Release> = {}): Release {
  return {
    title: "tool",
    bases: [`${base}/first/v{version}`, `${base}/second/v{version}`],
    file: "tool-{platform}",
    platforms: { "linux-x64": "linux-amd64" },
    digest: { from: "beside", suffix: ".sha256" },
    programs: ["tool"],
    ...more,
  };
}

const first = "/first/v1.2.3/tool-linux-amd64";
const second = "/second/v1.2.3/tool-linux-amd64";

function download(
  release: Release,
  more: { mirror?: string; env?: Record<string, string>; pin?: string } = {},
): Promise<string> {
  const options = {
    version: "1.2.3",
    platform: "linux-x64",
    folder,
    retryMilliseconds: 1,
    idleMilliseconds: 100_000,
    env: more.env ?? {},
    ...(more.pin === undefined ? {} : { pin: more.pin }),
  } as const;
  return downloadRelease(release, options, more.mirror);
}

async function failure(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => "it succeeded",
    (error: unknown) => (error as Error).message,
  );
}

describe("a download", () => {
  it("takes the first address whose file has the right digest", async () => {
    handlers[first] = serve(content);
    handlers[`${first}.sha256`] = serve(`${sha256(content)}  tool-linux-amd64\n`);
    const file = await download(tool());
    expect(file).toBe(join(folder, "tool-linux-amd64"));
    expect(sha256(readFileSync(file))).toBe(sha256(content));
    expect(requests).toEqual([`${first}.sha256`, first]);
  });

  it("does not download a second time what is there and right", async () => {
    handlers[first] = serve(content);
    handlers[`${first}.sha256`] = serve(sha256(content));
    await download(tool());
    requests = [];
    await download(tool());
    expect(requests).toEqual([`${first}.sha256`]);
  });

  it("refuses a file whose digest is wrong, keeps nothing of it, and names both digests", async () => {
    for (const path of [first, second]) {
      handlers[path] = serve("something else");
      handlers[`${path}.sha256`] = serve(sha256(content));
    }
    const message = await failure(download(tool()));
    expect(message).toContain(
      `${base}${first}: wrong SHA-256 digest: ${sha256("something else")} given, ${sha256(content)} wanted`,
    );
    expect(message).toContain(`${base}${second}: wrong SHA-256 digest`);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("goes to the next address after a wrong digest", async () => {
    handlers[first] = serve("something else");
    handlers[second] = serve(content);
    for (const path of [first, second]) handlers[`${path}.sha256`] = serve(sha256(content));
    expect(sha256(readFileSync(await download(tool())))).toBe(sha256(content));
  });

  it("goes to the next address after a 404, at once", async () => {
    handlers[second] = serve(content);
    handlers[`${second}.sha256`] = serve(sha256(content));
    expect(sha256(readFileSync(await download(tool())))).toBe(sha256(content));
    expect(requests).toEqual([`${first}.sha256`, `${second}.sha256`, second]);
  });

  it.each<[string, Partial<Record<"first" | "second", Handler>>, RegExp]>([
    [
      "nobody answers as expected",
      {},
      /^behind a proxy set HTTPS_PROXY; with a mirror set ISTIO_LAB_MIRROR .*; with package registries only set ISTIO_LAB_SOURCE=registry$/,
    ],
    [
      "a server limits downloads",
      { second: status(429) },
      /^the server limits downloads: wait some minutes and run it again, finished downloads are kept$/,
    ],
    [
      "a proxy wants credentials",
      { first: status(407) },
      /^a proxy or mirror wants credentials: put user and password into HTTPS_PROXY or ISTIO_LAB_MIRROR$/,
    ],
    [
      "an error page stands where a digest should",
      { second: serve("<html>not a digest</html>") },
      /^a mirror or proxy changes the file: copy it to the mirror again, or go around the proxy \(NO_PROXY\)$/,
    ],
  ])("says in two lines what each address answered and what to do if %s", async (_, answers, remedy) => {
    if (answers.first) handlers[`${first}.sha256`] = answers.first;
    if (answers.second) handlers[`${second}.sha256`] = answers.second;
    const [problem = "", ...more] = (await failure(download(tool()))).split("\n");
    const [one = "", two = "", ...others] = problem.split("; ");
    expect(one.startsWith(`tool 1.2.3 for linux-x64 cannot be downloaded: ${base}${first}.sha256: `)).toBe(true);
    expect(two.startsWith(`${base}${second}.sha256: `)).toBe(true);
    expect([others, more]).toEqual([[], [expect.stringMatching(remedy)]]);
  });

  it("ends at the first address if the disk is full", async () => {
    for (const path of [first, second]) {
      handlers[path] = serve(content);
      handlers[`${path}.sha256`] = serve(sha256(content));
    }
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    vi.spyOn(fs, "write").mockImplementation((...words: unknown[]) => (words.at(-1) as (error: Error) => void)(full));
    expect(await failure(download(tool()))).toBe(full.message);
    expect(requests).toEqual([`${first}.sha256`, first]);
  });

  it("tries again if the server has trouble", async () => {
    let trouble = 2;
    handlers[first] = (request, response) => {
      if (trouble-- > 0) response.writeHead(503).end();
      else serve(content)(request, response);
    };
    handlers[`${first}.sha256`] = serve(sha256(content));
    expect(sha256(readFileSync(await download(tool())))).toBe(sha256(content));
  });

  it("goes on where a body broke off", async () => {
    let broken = false;
    handlers[first] = (request, response) => {
      if (!broken) breakOff(content, 40_000)(request, response);
      else serveRanges(content)(request, response);
      broken = true;
    };
    handlers[`${first}.sha256`] = serve(sha256(content));
    expect(sha256(readFileSync(await download(tool())))).toBe(sha256(content));
    const [, , again] = requests;
    expect(again).toMatch(new RegExp(`^${first} bytes=\\d+-$`));
  });

  it("lets an attempt that broke off end before the next one, on a slow disk too", async () => {
    let requests = 0;
    handlers[first] = (request, response) => {
      if (requests++ > 0) serve(content)(request, response);
      else response.writeHead(200, { "content-length": content.length }).write("half", () => response.destroy());
    };
    handlers[`${first}.sha256`] = serve(sha256(content));
    let isOpen = false;
    const open = fs.open as (...words: unknown[]) => void;
    const openLate = (...words: unknown[]) => {
      setTimeout(() => {
        isOpen = true;
        open(...words);
      }, 200);
    };
    vi.spyOn(fs, "open").mockImplementationOnce(openLate);
    await download(tool());
    expect([isOpen, readdirSync(folder)]).toEqual([true, ["tool-linux-amd64"]]);
  });

  it("never takes a truncated body for the whole", async () => {
    for (const path of [first, second]) {
      handlers[path] = breakOff(content, 40_000);
      handlers[`${path}.sha256`] = serve(sha256(content));
    }
    const message = await failure(download(tool()));
    expect(message).toContain(`${base}${first}: the connection broke off`);
    expect(existsSync(join(folder, "tool-linux-amd64"))).toBe(false);
    expect(requests.filter((path) => path.startsWith(first) && !path.includes("sha256"))).toHaveLength(3);
  });

  it("starts over if what an earlier run left is not the beginning of the file", async () => {
    handlers[first] = serveRanges(content);
    handlers[`${first}.sha256`] = serve(sha256(content));
    const part = join(folder, `tool-linux-amd64.${sha256(content).slice(0, 12)}.part`);
    writeFileSync(part, "garbage");
    expect(sha256(readFileSync(await download(tool())))).toBe(sha256(content));
    writeFileSync(part, Buffer.concat([content, content]));
    rmSync(join(folder, "tool-linux-amd64"));
    expect(sha256(readFileSync(await download(tool())))).toBe(sha256(content));
  });

  it("gives up on a connection that falls silent", async () => {
    const silent: Handler = (_, response) => void response.writeHead(200, { "content-length": 10 }).write("half");
    for (const path of [first, second]) handlers[`${path}.sha256`] = silent;
    const options = {
      version: "1.2.3",
      platform: "linux-x64",
      folder,
      retryMilliseconds: 1,
      idleMilliseconds: 60,
      env: {},
    } as const;
    expect(await failure(downloadRelease(tool(), options))).toMatch(
      /tool-linux-amd64\.sha256: (no answer for 0\.06 s|the connection)/,
    );
  });

  it("fails at once if there is no network, and names the reason", async () => {
    const asked = resolveNoNames();
    const gone = `http://127.0.0.1:${String(await refusedPort())}`;
    const message = await failure(download(tool({ bases: [gone, "http://no-such-host.invalid"] })));
    expect(message).toContain(`${gone}/tool-linux-amd64.sha256: connect ECONNREFUSED`);
    expect(message).toContain("http://no-such-host.invalid/tool-linux-amd64.sha256: getaddrinfo ENOTFOUND");
    expect(asked).toEqual(["no-such-host.invalid"]); // a second attempt would only cost time
  });

  it("follows redirects, as release hosts do to their storage", async () => {
    handlers[first] = (_, response) => response.writeHead(302, { location: "/storage/1?sig=x" }).end();
    handlers["/storage/1?sig=x"] = serve(content);
    handlers[`${first}.sha256`] = serve(sha256(content));
    expect(sha256(readFileSync(await download(tool())))).toBe(sha256(content));
  });

  it("stops when it is aborted", async () => {
    const stop = new AbortController();
    handlers[`${first}.sha256`] = () => stop.abort(new Error("interrupted"));
    const options = { version: "1.2.3", platform: "linux-x64", folder, signal: stop.signal, env: {} } as const;
    expect(await failure(downloadRelease(tool(), options))).toBe("interrupted");
  });

  it("asks a mirror first, which keeps files under their host's name", async () => {
    const host = base.replace("http://", "");
    const mirrored = `/mirror/${host}${first}`;
    handlers[mirrored] = serve(content);
    handlers[`${mirrored}.sha256`] = serve(sha256(content));
    await download(tool(), { mirror: `${base}/mirror` });
    expect(requests).toEqual([`${mirrored}.sha256`, mirrored]);
  });

  it("sends a mirror's credentials and never repeats them", async () => {
    let credentials: string | undefined;
    const host = base.replace("http://", "");
    handlers[`/mirror/${host}${first}.sha256`] = (request, response) => {
      credentials = request.headers.authorization;
      response.writeHead(401).end();
    };
    const message = await failure(download(tool(), { mirror: `http://me:hush@${host}/mirror` }));
    expect(credentials).toBe(`Basic ${Buffer.from("me:hush").toString("base64")}`);
    expect(message).toContain(`http://${host}/mirror/${host}${first}.sha256: HTTP 401 Unauthorized`);
    expect(message).not.toContain("hush");
  });

  it("goes through the proxy that is set", async () => {
    let asked = "";
    handlers["http://releases.example/tool-linux-amd64"] = (request, response) => {
      asked = `${request.headers["proxy-authorization"] ?? ""} ${request.headers.host ?? ""}`;
      serve(content)(request, response);
    };
    const release = tool({
      bases: ["http://releases.example"],
      digest: { from: "pin" },
    });
    const file = await download(release, {
      pin: sha256(content),
      env: { HTTP_PROXY: base.replace("//", "//user:word@") },
    });
    expect(sha256(readFileSync(file))).toBe(sha256(content));
    expect(asked).toBe(`Basic ${Buffer.from("user:word").toString("base64")} releases.example`);
  });

  it("asks the proxy for a tunnel if the address is https", async () => {
    const tunnels: string[] = [];
    server.on("connect", (request, socket) => {
      tunnels.push(request.url ?? "");
      const end = connect(Number(new URL(base).port), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.pipe(end).pipe(socket);
      });
      socket.on("error", () => end.destroy());
      end.on("error", () => socket.destroy());
    });
    const release = tool({ bases: ["https://releases.example"] });
    // The end of the tunnel speaks no TLS: that it is asked to proves the way.
    expect(await failure(download(release, { env: { HTTPS_PROXY: base } }))).toContain(
      "https://releases.example/tool-linux-amd64.sha256: ",
    );
    expect(new Set(tunnels)).toEqual(new Set(["releases.example:443"]));
  });
});

describe("a digest", () => {
  it("is found by the file's name in a list", async () => {
    handlers[first] = serve(content);
    handlers["/sums.txt"] = serve(`${sha256("x")}  other\n${sha256(content)} *tool-linux-amd64\n`);
    const release = tool({ digest: { from: "list", urls: [`${base}/missing.txt`, `${base}/sums.txt`] } });
    expect(sha256(readFileSync(await download(release)))).toBe(sha256(content));
  });

  it("may be a SHA-1 with a path before the name, as Pulumi lists some plugins", async () => {
    const sha1 = createHash("sha1").update(content).digest("hex");
    handlers[first] = serve(content);
    handlers["/sums.txt"] = serve(`${sha1}  ./tool-linux-amd64\n`);
    const release = tool({ digest: { from: "list", urls: [`${base}/sums.txt`] } });
    expect(sha256(readFileSync(await download(release)))).toBe(sha256(content));
    handlers["/sums.txt"] = serve(`${"0".repeat(40)}  ./tool-linux-amd64\n`);
    expect(await failure(download(release))).toContain(`wrong SHA-1 digest: ${sha1} given, ${"0".repeat(40)} wanted`);
  });

  it("fails if no list names the file", async () => {
    handlers["/sums.txt"] = serve(`${sha256("x")}  other\n`);
    const release = tool({ digest: { from: "list", urls: [`${base}/sums.txt`] } });
    expect(await failure(download(release))).toContain(`${base}/sums.txt: no line for tool-linux-amd64`);
    expect(requests).not.toContain(first);
  });

  it("is the version set's pin if nobody publishes one", async () => {
    handlers[first] = serve(content);
    const release = tool({ digest: { from: "pin" } });
    expect(readFileSync(await download(release, { pin: sha256(content) }))).toEqual(content);
    expect(await failure(download(release))).toContain("tool: no digest is pinned for 1.2.3");
    expect(await failure(download(release, { pin: sha256("other") }))).toContain("wrong SHA-256 digest");
  });

  it("is git's id of the content for a file of a repository", async () => {
    handlers[first] = serve("hello\n");
    // `printf 'hello\n' | git hash-object --stdin`
    const id = "ce013625030ba8dba906f756967f9e9ca394464a";
    const release = tool({ digest: { from: "git-blob" } });
    expect(readFileSync(await download(release, { pin: id }), "utf8")).toBe("hello\n");
  });
});

describe("the rows of official releases", () => {
  it.each([
    ["kind", "linux-x64", "https://github.com/kubernetes-sigs/kind/releases/download/v1.2.3/kind-linux-amd64"],
    ["kind", "darwin-arm64", "https://github.com/kubernetes-sigs/kind/releases/download/v1.2.3/kind-darwin-arm64"],
    ["kubectl", "linux-arm64", "https://dl.k8s.io/release/v1.2.3/bin/linux/arm64/kubectl"],
    ["kubectl", "darwin-x64", "https://dl.k8s.io/release/v1.2.3/bin/darwin/amd64/kubectl"],
    ["pulumi", "darwin-arm64", "https://get.pulumi.com/releases/sdk/pulumi-v1.2.3-darwin-arm64.tar.gz"],
    [
      "istioctl",
      "linux-x64",
      "https://github.com/istio/istio/releases/download/1.2.3/istioctl-1.2.3-linux-amd64.tar.gz",
    ],
    ["istioctl", "darwin-x64", "https://github.com/istio/istio/releases/download/1.2.3/istioctl-1.2.3-osx.tar.gz"],
    [
      "istioctl",
      "darwin-arm64",
      "https://github.com/istio/istio/releases/download/1.2.3/istioctl-1.2.3-osx-arm64.tar.gz",
    ],
    ["istio-sidecar", "linux-arm64", "https://blob.istio.io/istio-release/releases/1.2.3/deb/istio-sidecar-arm64.deb"],
    [
      "pulumi-kubernetes",
      "darwin-x64",
      "https://get.pulumi.com/releases/plugins/pulumi-resource-kubernetes-v1.2.3-darwin-amd64.tar.gz",
    ],
  ] as const)("name %s for %s as its releases do", (name, platform, url) => {
    expect(locationsOf(releases[name], "1.2.3", platform).urls[0]).toBe(url);
  });

  it("ask Istio's own host for the sidecar before Google's, which ends", () => {
    expect(locationsOf(releases["istio-sidecar"], "1.17.8", "linux-x64").urls).toEqual([
      "https://blob.istio.io/istio-release/releases/1.17.8/deb/istio-sidecar.deb",
      "https://storage.googleapis.com/istio-release/releases/1.17.8/deb/istio-sidecar.deb",
    ]);
  });

  it("check Pulumi's plugins against the list of their own release", () => {
    expect(locationsOf(releases["pulumi-aws"], "7.48.0", "linux-arm64").digestUrls).toEqual([
      "https://github.com/pulumi/pulumi-aws/releases/download/v7.48.0/pulumi-aws_7.48.0_checksums.txt",
    ]);
  });

  it("refuse a platform that is not released, and name those that are", () => {
    expect(() => locationsOf(releases.forum, "1", "darwin-arm64")).toThrow(
      new Error("the book's forum service 1 is not released for darwin-arm64, only for linux-x64"),
    );
  });

  it("leave no placeholder open on any platform that they name", () => {
    for (const release of Object.values(releases)) {
      for (const platform of platforms.filter((known) => release.platforms[known] !== undefined)) {
        const { urls, digestUrls } = locationsOf(release, "1.2.3", platform);
        for (const url of [...urls, ...digestUrls]) expect(url).toMatch(/^https:\/\/[^{}\s]+$/);
      }
    }
  });
});

describe("this machine", () => {
  it.each([
    ["linux", "x64", "linux-x64"],
    ["linux", "arm64", "linux-arm64"],
    ["darwin", "x64", "darwin-x64"],
    ["darwin", "arm64", "darwin-arm64"],
  ] as const)("that is %s on %s runs tools of %s", (system, processor, host) => {
    expect(hostPlatform(system, processor)).toBe(host);
  });

  it.each([
    ["amd64", "linux-x64"],
    ["arm64", "linux-arm64"],
  ] as const)("runs containers for %s as %s", (processor, platform) => {
    expect(linuxPlatform(processor)).toBe(platform);
  });

  it("that is anything else is refused", () => {
    expect(() => hostPlatform("win32", "x64")).toThrow(
      new Error("istio-lab runs on linux-x64, linux-arm64, darwin-x64, darwin-arm64; this machine is win32-x64"),
    );
  });
});

describe("the mirror setting", () => {
  it.each([
    ["is none by default", {}, undefined],
    [
      "is taken without its last slash",
      { ISTIO_LAB_MIRROR: "https://mirror.example/releases/" },
      "https://mirror.example/releases",
    ],
    [
      "of one release goes before the common one",
      { ISTIO_LAB_MIRROR: "https://all.example", ISTIO_LAB_MIRROR_ISTIO_SIDECAR: "https://own.example" },
      "https://own.example",
    ],
  ])("%s", (_, env, wanted) => {
    expect(mirrorOf("istio-sidecar", env)).toBe(wanted);
  });

  it("is refused if it is no address", () => {
    expect(() => mirrorOf("kind", { ISTIO_LAB_MIRROR: "mirror.example" })).toThrow(
      new Error(
        'ISTIO_LAB_MIRROR: not a base address: "mirror.example"; give one such as https://mirror.example.com/releases',
      ),
    );
  });
});

describe("the proxy setting", () => {
  it.each([
    ["https://dl.k8s.io/x", { HTTPS_PROXY: "http://proxy:3128" }, "http://proxy:3128/"],
    [
      "https://dl.k8s.io/x",
      { https_proxy: "http://lower:3128", HTTPS_PROXY: "http://upper:3128" },
      "http://lower:3128/",
    ],
    ["http://dl.k8s.io/x", { HTTPS_PROXY: "http://proxy:3128" }, undefined],
    ["https://dl.k8s.io/x", { ALL_PROXY: "http://all:3128" }, "http://all:3128/"],
    ["https://dl.k8s.io/x", { HTTPS_PROXY: "http://proxy:3128", NO_PROXY: "localhost, .k8s.io" }, undefined],
    ["https://notk8s.io/x", { HTTPS_PROXY: "http://proxy:3128", NO_PROXY: ".k8s.io" }, "http://proxy:3128/"],
    ["https://dl.k8s.io/x", { HTTPS_PROXY: "http://proxy:3128", NO_PROXY: "*" }, undefined],
  ])("for %s with %o is %s", (url, env, wanted) => {
    expect(proxyFor(new URL(url), env)?.href).toBe(wanted);
  });
});
