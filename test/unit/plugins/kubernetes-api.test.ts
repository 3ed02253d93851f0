import { afterEach, describe, expect, it } from "vitest";
import { ApiClient } from "../../../infra/toolchain/plugins/kubernetes/api-client";
import {
  isBusy,
  isTooEarly,
  NoMatchError,
  UnreachableError,
} from "../../../infra/toolchain/plugins/kubernetes/api-error";
import { connect } from "../../../infra/toolchain/plugins/kubernetes/connection";
import { Discovery } from "../../../infra/toolchain/plugins/kubernetes/discovery";
import { ObjectStore } from "../../../infra/toolchain/plugins/kubernetes/object-store";
import { retryTransient } from "../../../infra/toolchain/plugins/kubernetes/retry";
import { watchObjects } from "../../../infra/toolchain/plugins/kubernetes/watch";
import { changed } from "../../support/changed";
import { refusedPort } from "../../support/refused-port";
import {
  startScriptedApiServer,
  type Answer,
  type ScriptedApiServer,
  type SeenRequest,
} from "../../support/api-server";

let server: ScriptedApiServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

const signal = new AbortController().signal;
const notFound: Answer = [404, { kind: "Status", reason: "NotFound", message: "not found" }];
const coreResources: Answer = [
  200,
  {
    resources: [
      { name: "configmaps", kind: "ConfigMap", namespaced: true },
      { name: "namespaces", kind: "Namespace", namespaced: false },
      { name: "namespaces/status", kind: "Namespace", namespaced: false },
    ],
  },
];

async function start(
  answer: (request: SeenRequest) => Answer,
  elsewhere?: string,
): Promise<{ client: ApiClient; discovery: Discovery; store: ObjectStore }> {
  server = await startScriptedApiServer(answer);
  const kubeconfig = elsewhere ? changed(server.kubeconfig, /http:\/\/127\.0\.0\.1:\d+/, elsewhere) : server.kubeconfig;
  const client = new ApiClient(() => connect({ kubeconfig }));
  const discovery = new Discovery(client);
  return { client, discovery, store: new ObjectStore(client, discovery) };
}

function requests(): string[] {
  return (server?.seen ?? []).map(({ method, url }) => `${method} ${url}`);
}

describe("discovery", () => {
  it("asks once for each group and version, however many objects there are at once", async () => {
    const { store } = await start(({ url }) => (url === "/api/v1" ? coreResources : [200, { kind: "ConfigMap" }]));
    const reference = { apiVersion: "v1", kind: "ConfigMap", namespace: "team" };
    await Promise.all(["a", "b", "c"].map((name) => store.get({ ...reference, name }, signal)));
    expect(requests().sort()).toEqual([
      "GET /api/v1",
      "GET /api/v1/namespaces/team/configmaps/a",
      "GET /api/v1/namespaces/team/configmaps/b",
      "GET /api/v1/namespaces/team/configmaps/c",
    ]);
  });
  it("asks again after a kind was not there, and finds it when it is", async () => {
    let served = false;
    const { discovery } = await start(() =>
      served ? [200, { resources: [{ name: "gateways", kind: "Gateway", namespaced: true }] }] : notFound,
    );
    const gateway = { apiVersion: "networking.istio.io/v1beta1", kind: "Gateway" };
    await expect(discovery.resourceOf(gateway)).rejects.toThrow(
      'no matches for kind "Gateway" in version "networking.istio.io/v1beta1"',
    );
    served = true;
    expect(await discovery.resourceOf(gateway)).toEqual({
      plural: "gateways",
      scope: "namespaced",
      root: "/apis/networking.istio.io/v1beta1",
    });
  });
});

describe("writing", () => {
  it("applies with the field manager, force and media type that server-side apply asks for", async () => {
    const { store } = await start(({ url }) => (url === "/api/v1" ? coreResources : [200, { kind: "ConfigMap" }]));
    const manifest = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a/b", namespace: "team" } };
    await store.apply(manifest, true, { fieldManager: "me", dryRun: true, signal });
    expect(server?.seen.at(-1)).toEqual({
      method: "PATCH",
      url: "/api/v1/namespaces/team/configmaps/a%2Fb?fieldManager=me&dryRun=All&force=true",
      contentType: "application/apply-patch+yaml",
      body: manifest,
    });
  });
  it("leaves out a namespace that the kind does not have", async () => {
    const { store } = await start(({ url }) => (url === "/api/v1" ? coreResources : [201, {}]));
    const metadata = { name: "team", namespace: "default" };
    await store.create(
      { apiVersion: "v1", kind: "Namespace", metadata },
      { fieldManager: "me", dryRun: false, signal },
    );
    expect(server?.seen.at(-1)).toMatchObject({
      url: "/api/v1/namespaces?fieldManager=me",
      body: { metadata: { name: "team" } },
    });
    expect((server?.seen.at(-1)?.body as { metadata: object }).metadata).not.toHaveProperty("namespace");
  });
});

describe("failures", () => {
  it("a server that is not there is unreachable, and named", async () => {
    const { client } = await start(() => notFound, `http://127.0.0.1:${String(await refusedPort())}`);
    const failure = await client.send({ method: "GET", path: "/", signal }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UnreachableError);
    expect((failure as Error).message).toMatch(/^http:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED/);
  });
  it("a kubeconfig that cannot be read is unreachable, and not quoted", async () => {
    const failure = await connect({ kubeconfig: "a: [\nclient-key-data: c2VjcmV0" }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UnreachableError);
    expect((failure as Error).message).not.toContain("c2VjcmV0");
  });
  it("a context that is not there is unreachable, and named", async () => {
    await start(() => notFound);
    await expect(connect({ kubeconfig: server?.kubeconfig ?? "", context: "west" })).rejects.toThrow(
      'the kubeconfig has no cluster for its context "west"',
    );
  });
  it("a cancelled request ends at once", async () => {
    const cancel = new AbortController();
    const { client } = await start(() => () => cancel.abort());
    const sent = client.send({ method: "GET", path: "/never", signal: cancel.signal });
    await expect(sent).rejects.toThrow("the operation was cancelled");
  });
});

describe("a connection that is used again", () => {
  it("does not end with the operation that opened it", async () => {
    const first = new AbortController();
    const slowly: Answer = (response) => {
      first.abort();
      setImmediate(() => response.end("{}"));
    };
    const { client } = await start(({ url }) => (url === "/slow" ? slowly : [200, {}]));
    await client.send({ method: "GET", path: "/", signal: first.signal });
    const second = client.send({ method: "GET", path: "/slow", signal });
    expect(await second).toEqual({});
    expect(requests()).toEqual(["GET /", "GET /slow"]);
  });
});

describe("a cancelled request on a connection that is used again", () => {
  it("ends at once and is not sent a second time", async () => {
    const cancel = new AbortController();
    const { client } = await start(({ url }) => (url === "/never" ? () => cancel.abort() : [200, {}]));
    await client.send({ method: "GET", path: "/", signal });
    const watched = client.stream({ method: "GET", path: "/never", signal: cancel.signal });
    await expect(watched).rejects.toThrow("the operation was cancelled");
    expect(requests()).toEqual(["GET /", "GET /never"]);
  });
});

describe("retries", () => {
  const webhook: Answer = [
    500,
    {
      kind: "Status",
      reason: "InternalError",
      message: 'Internal error occurred: failed calling webhook "v.metallb.io": connection refused',
    },
  ];
  const denied: Answer = [403, { kind: "Status", reason: "Forbidden", message: "denied" }];
  const rows: [string, Answer[], number, string | undefined][] = [
    ["a webhook that does not answer yet", [webhook, webhook, [200, {}]], 3, undefined],
    ["a namespace that is not there yet", [notFound, [200, {}]], 2, undefined],
    [
      "a busy server",
      [
        [503, { message: "busy" }],
        [200, {}],
      ],
      2,
      undefined,
    ],
    ["not what is forbidden", [denied, [200, {}]], 1, "denied"],
    ["not for ever", [webhook, webhook, webhook, webhook, webhook], 4, "failed calling webhook"],
  ];
  it.each(rows)("%s", async (_title, answers, expectedRequests, failure) => {
    const left = [...answers];
    const { client } = await start(() => left.shift() ?? notFound);
    const attempts: number[] = [];
    const tried = retryTransient(() => client.send({ method: "GET", path: "/x", signal }), {
      passes: isTooEarly,
      signal,
      pauses: [1, 1, 1],
      onRetry: (attempt) => attempts.push(attempt),
    });
    if (failure === undefined) {
      await tried;
    } else {
      await expect(tried).rejects.toThrow(failure);
    }
    expect(server?.seen).toHaveLength(expectedRequests);
    expect(attempts).toEqual([1, 2, 3].slice(0, expectedRequests - 1));
  });
  it("an update does not wait for an object that is gone", async () => {
    const { client } = await start(() => notFound);
    const options = { passes: isBusy, signal, pauses: [1], onRetry: () => undefined };
    await expect(retryTransient(() => client.send({ method: "GET", path: "/x", signal }), options)).rejects.toThrow(
      "not found",
    );
    expect(server?.seen).toHaveLength(1);
  });
  it("a kind that is not served yet", async () => {
    let attempts = 0;
    const result = await retryTransient(
      () => {
        attempts += 1;
        return attempts < 3 ? Promise.reject(new NoMatchError("A", "b/v1")) : Promise.resolve("made");
      },
      { passes: isTooEarly, signal, pauses: [1, 1, 1], onRetry: () => undefined },
    );
    expect([result, attempts]).toEqual(["made", 3]);
  });
});

describe("a watch", () => {
  const item = (name: string, phase: string): object => ({ metadata: { name, uid: name }, status: { phase } });
  const list = (version: string, ...items: object[]): Answer => [
    200,
    { kind: "PodList", apiVersion: "v1", metadata: { resourceVersion: version }, items },
  ];
  const events =
    (...all: [type: string, object: object][]): Answer =>
    (response) => {
      response.writeHead(200);
      // Two writes inside one line: lines are not what the network cuts into.
      const text = all.map(([type, object]) => JSON.stringify({ type, object })).join("\n") + "\n";
      response.write(text.slice(0, 20));
      setTimeout(() => response.end(text.slice(20)), 10);
    };

  async function states(answers: Answer[], count: number): Promise<string[][]> {
    const left = [...answers];
    const { client } = await start(() => left.shift() ?? (() => undefined));
    const stop = new AbortController();
    const seen: string[][] = [];
    for await (const objects of watchObjects(client, { path: "/pods", labelSelector: "a=b" }, stop.signal)) {
      seen.push(
        [...objects.values()].map((object) =>
          JSON.stringify([object["kind"], (object["metadata"] as { name: string }).name, object["status"]]),
        ),
      );
      if (seen.length === count) {
        stop.abort();
        break;
      }
    }
    return seen;
  }

  it("gives the list, then the state after each change", async () => {
    const seen = await states(
      [
        list("7", item("a", "Pending")),
        events(
          ["MODIFIED", { kind: "Pod", ...item("a", "Running") }],
          ["BOOKMARK", {}],
          ["ADDED", { kind: "Pod", ...item("b", "Pending") }],
          ["DELETED", { kind: "Pod", ...item("a", "Running") }],
        ),
      ],
      4,
    );
    expect(seen).toEqual([
      ['["Pod","a",{"phase":"Pending"}]'],
      ['["Pod","a",{"phase":"Running"}]'],
      ['["Pod","a",{"phase":"Running"}]', '["Pod","b",{"phase":"Pending"}]'],
      ['["Pod","b",{"phase":"Pending"}]'],
    ]);
    expect(requests()).toEqual([
      "GET /pods?labelSelector=a%3Db",
      "GET /pods?labelSelector=a%3Db&resourceVersion=7&watch=true&allowWatchBookmarks=true",
    ]);
  });
  it.each<[string, Answer]>([
    ["the server has forgotten where it was", [410, { kind: "Status", reason: "Expired" }]],
    ["the server says so in the watch", events(["ERROR", { kind: "Status", code: 410 }])],
    ["the server ends it", events()],
    ["the server is away for a moment", [503, { message: "restarting" }]],
  ])("lists anew when %s", async (_title, answer) => {
    expect(await states([list("1", item("a", "Pending")), answer, list("9", item("a", "Running"))], 2)).toEqual([
      ['["Pod","a",{"phase":"Pending"}]'],
      ['["Pod","a",{"phase":"Running"}]'],
    ]);
  });
});
