import { describe, expect, it } from "vitest";
import { readAnswer } from "../../lab/cli/trace/client-answer";
import { followRequest } from "../../lab/cli/trace/follow";
import { readObservation, type Observation } from "../../lab/cli/trace/observation";
import type { Station } from "../../lab/cli/trace/station";
import { changed } from "../support/changed";

const MARK = "istio-lab-trace/test";
const CLIENT = "172.18.0.3:41234";

function station(label: string, kind: Station["kind"], addresses: readonly string[]): Station {
  const machine = { name: "m", shell: [], quoted: false, prefix: `docker exec ${label}` };
  return { id: label, label, kind, machine, key: "-", logs: "/var/log/pods/x", addresses };
}

function seen(where: Station, sections: Readonly<Record<string, string>>): Observation {
  return readObservation(where, new Map(Object.entries({ process: "-\n", ...sections })), MARK);
}

const entry = (source: string, destination: string, replySource: string, replyDestination: string) => {
  const [[a, b], [c, d], [e, f], [g, h]] = [source, destination, replySource, replyDestination].map((end) =>
    end.split(":"),
  ) as [[string, string], [string, string], [string, string], [string, string]];
  return `tcp 6 9 ESTABLISHED src=${a} dst=${c} sport=${b} dport=${d} src=${e} dst=${g} sport=${f} dport=${h} [ASSURED]\n`;
};

interface LogFields {
  readonly status?: string;
  readonly upstream?: string;
  readonly cluster?: string;
  readonly local?: string;
  readonly at?: string;
  readonly from: string;
  readonly agent?: string;
}

const logLine = ({
  status = "200 - via_upstream",
  upstream = "-",
  cluster = "-",
  local = "-",
  at = "-",
  from,
  agent = MARK,
}: LogFields) =>
  `istio-proxy\t2026-11-25T06:00:00Z stdout F [2026-11-25T06:00:00.000Z] "GET / HTTP/1.1" ${status} - "-" 0 615 2 1 "172.18.0.3" "${agent}" "id" "www.gasida.dev:30000" "${upstream}" ${cluster} ${local} ${at} ${from} - default\n`;

const curl = (status: number, errormsg: string | null = null) =>
  JSON.stringify({
    ...{ http_code: status, local_ip: "172.18.0.3", local_port: 41234, remote_ip: "172.18.0.2", remote_port: 30000 },
    ...{ time_total: 0.004, errormsg },
  });

const LISTENERS = JSON.stringify([
  { name: "0.0.0.0_8080", address: { address: "0.0.0.0", port_value: 8080 }, chains: [] },
]);
const CHAINS = `[2:120] -A PREROUTING -p tcp -j ISTIO_INBOUND
[1:60] -A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT
[1:60] -A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
[4:240] -A OUTPUT -j ISTIO_OUTPUT
[1:60] -A ISTIO_OUTPUT -s 127.0.0.6/32 -o lo -j RETURN
`;
const NONE = changed(CHAINS, /\[\d+:\d+\]/g, "[0:0]");

const testpc = seen(station("testpc", "host", ["172.18.0.3"]), {
  connections: entry(CLIENT, "172.18.0.2:30000", "172.18.0.2:30000", CLIENT),
});
const node = seen(station("node myk8s", "node", []), {
  connections: entry(CLIENT, "172.18.0.2:30000", "10.10.0.9:8080", CLIENT),
  "nat-before":
    "[0:0] -A KUBE-SEP-A -p tcp -j DNAT --to-destination 10.10.0.9:8080\n[0:0] -A KUBE-SVL-B -j KUBE-SEP-A\n[0:0] -A KUBE-SVL-C -j KUBE-SEP-D\n",
  "nat-after":
    "[1:60] -A KUBE-SEP-A -p tcp -j DNAT --to-destination 10.10.0.9:8080\n[1:60] -A KUBE-SVL-B -j KUBE-SEP-A\n[7:420] -A KUBE-SVL-C -j KUBE-SEP-D\n",
});
const gateway = (fields: Partial<LogFields> = {}) =>
  seen(station("pod istio-system/gateway", "pod", ["10.10.0.9"]), {
    listeners: LISTENERS,
    logs: logLine({
      upstream: "10.10.0.26:80",
      cluster: "outbound|80||svc",
      local: "10.10.0.9:46038",
      from: CLIENT,
      ...fields,
    }),
  });
const nginx = (sections: Readonly<Record<string, string>> = {}) =>
  seen(station("pod default/nginx", "pod", ["10.10.0.26"]), {
    listeners: LISTENERS,
    "nat-before": NONE,
    "nat-after": CHAINS,
    connections: entry("10.10.0.9:46038", "10.10.0.26:80", "10.10.0.26:15006", "10.10.0.9:46038"),
    logs:
      logLine({ upstream: "10.10.0.26:80", cluster: "inbound|80||", local: "127.0.0.6:58477", from: "172.18.0.3:0" }) +
      `nginx\t2026-11-25T06:00:00Z stdout F 127.0.0.6 - - [x] "GET / HTTP/1.1" 200 615 "-" "${MARK}" "172.18.0.3"\n` +
      `nginx\t2026-11-25T06:00:01Z stdout F 127.0.0.6 - - [x] "GET / HTTP/1.1" 200 615 "-" "curl" "172.18.0.9"\n`,
    ...sections,
  });

const follow = (all: readonly Observation[], answer: string) => followRequest(all[0]!, all, readAnswer(answer), MARK);
const kinds = ({ hops }: ReturnType<typeof follow>) => hops.map(({ kind }) => kind);
const fact = ({ hops }: ReturnType<typeof follow>, kind: string, label: string) =>
  hops.find((hop) => hop.kind === kind)?.facts.find((one) => one.label === label)?.value;

describe("a request that is answered", () => {
  const result = follow([testpc, node, gateway(), nginx()], curl(200));

  it("is followed hop by hop, from the addresses that were seen", () => {
    expect(result.hops.map(({ number, kind, source, destination }) => [number, kind, source, destination])).toEqual([
      [1, "client", CLIENT, "172.18.0.2:30000"],
      [2, "node-nat", CLIENT, "172.18.0.2:30000"],
      [3, "envoy-gateway", CLIENT, "10.10.0.9:8080"],
      [4, "iptables-inbound", "10.10.0.9:46038", "10.10.0.26:80"],
      [5, "envoy-inbound", "10.10.0.9:46038", "10.10.0.26:15006"],
      [6, "iptables-loopback", "127.0.0.6:58477", "10.10.0.26:80"],
      [7, "application", "127.0.0.6:58477", "10.10.0.26:80"],
      [8, "response", "172.18.0.2:30000", CLIENT],
    ]);
    expect(result.outcome).toEqual({ ok: true, status: 200, milliseconds: 4 });
  });

  it("names the rules that led to it, and none of other services", () => {
    expect(fact(result, "node-nat", "NAT rules")).toBe("KUBE-SVL-B → KUBE-SEP-A +1, KUBE-SEP-A → DNAT +1");
    expect(fact(result, "node-nat", "source")).toBe("kept: the client's own address");
    expect(fact(result, "iptables-inbound", "NAT rules")).toBe(
      "PREROUTING → ISTIO_INBOUND +2, ISTIO_INBOUND → ISTIO_IN_REDIRECT +1, ISTIO_IN_REDIRECT → REDIRECT 15006 +1",
    );
  });

  it("finds the application's own line of it", () => {
    expect(fact(result, "application", "own log")).toContain(`"${MARK}" "172.18.0.3"`);
  });

  it("says of a pooled connection that no rule has counted it", () => {
    const pooled = follow([testpc, node, gateway(), nginx({ "nat-before": CHAINS })], curl(200));
    expect(fact(pooled, "iptables-inbound", "NAT rules")).toBe("none moved: the connection is older than the trace");
  });

  it("is not mixed up with another client's at the same time", () => {
    const other = logLine({
      upstream: "10.10.0.99:80",
      cluster: "outbound|80||other",
      local: "10.10.0.9:1",
      from: "172.18.0.9:5",
      agent: "curl",
    });
    const busy = {
      ...gateway(),
      accessLog: [...seen(station("x", "pod", []), { logs: other }).accessLog, ...gateway().accessLog],
    };
    expect(follow([testpc, node, busy, nginx()], curl(200)).hops).toEqual(result.hops);
  });

  it("says where it goes on to a pod that nobody watches", () => {
    const lost = follow([testpc, node, gateway()], curl(200));
    expect(kinds(lost)).toEqual(["client", "node-nat", "envoy-gateway", "response"]);
    expect(fact(lost, "envoy-gateway", "goes on to")).toBe("10.10.0.26:80, which is not watched in this trace");
  });
});

describe("a request that fails", () => {
  const none = { upstream: "-", local: "-" };

  it.each([
    ["404 NR route_not_found", { cluster: "-" }, 404, "404 NR route_not_found: no route for this host and path"],
    ["503 UH no_healthy_upstream", {}, 503, "503 UH no_healthy_upstream: no healthy endpoint in the cluster"],
  ])("at the gateway with %s ends there", (status, fields, code, reason) => {
    const result = follow([testpc, node, gateway({ ...none, ...fields, status }), nginx()], curl(code));
    expect(kinds(result)).toEqual(["client", "node-nat", "envoy-gateway", "response"]);
    expect(result.outcome).toEqual({ ok: false, status: code, milliseconds: 4, failedAt: 3, reason });
  });

  it("at a sidecar that takes no plain text ends there, with what the client saw", () => {
    const direct = entry("172.18.0.3:41234", "172.18.0.2:30000", "10.10.0.26:80", "172.18.0.3:41234");
    const atNode = seen(node.station, { connections: direct });
    const log = `istio-proxy\tT stdout F [2026-11-25T06:00:00.000Z] "- - -" 0 NR filter_chain_not_found - "-" 0 0 0 - "-" "-" "-" "-" "-" - - 10.10.0.26:80 ${CLIENT} - -\n`;
    const strict = nginx({ logs: log, connections: entry(CLIENT, "10.10.0.26:80", "10.10.0.26:15006", CLIENT) });
    const result = follow([testpc, atNode, strict], curl(0, "Recv failure: Connection reset by peer"));
    expect(kinds(result)).toEqual(["client", "node-nat", "iptables-inbound", "envoy-inbound"]);
    expect(result.outcome.failedAt).toBe(4);
    expect(result.outcome.reason).toMatch(
      /^connection closed NR filter_chain_not_found: .*; Recv failure: Connection reset by peer$/,
    );
  });

  it.each([
    [
      "whose endpoint refuses the gateway's connection ends at the gateway",
      { status: "503 UF via_upstream", upstream: "10.10.0.26:80", local: "-" },
      {},
      [3, "503 UF via_upstream: the connection to the endpoint failed"],
    ],
    [
      "that the sidecar's application breaks off ends at the sidecar, not at the gateway that saw it, too",
      { status: "503 UC upstream_reset" },
      {
        logs: logLine({
          ...{ status: "503 UC upstream_reset", upstream: "10.10.0.26:80", cluster: "inbound|80||" },
          ...{ local: "127.0.0.6:58477", from: "172.18.0.3:0" },
        }),
      },
      [5, "503 UC upstream_reset: the endpoint ended the connection"],
    ],
    [
      "that nobody after the gateway explains ends at the gateway",
      { status: "504 UT response_timeout", upstream: "10.10.0.77:80" },
      {},
      [3, "504 UT response_timeout: the endpoint did not answer in time"],
    ],
  ])("%s", (_, fields, sections, [hop, reason]) => {
    const result = follow([testpc, node, gateway(fields), nginx(sections)], curl(503));
    expect([result.outcome.failedAt, result.outcome.reason]).toEqual([hop, reason]);
  });

  it("in the application is the application's own answer", () => {
    const result = follow([testpc, node, gateway({ status: "404 - via_upstream" }), nginx()], curl(404));
    expect(result.outcome).toMatchObject({
      ok: false,
      status: 404,
      failedAt: 7,
      reason: "404: the application's own answer",
    });
  });

  it("without a connection ends at the client, in curl's words", () => {
    const answer = JSON.stringify({
      http_code: 0,
      local_ip: "",
      local_port: 0,
      remote_ip: "",
      remote_port: 0,
      time_total: 0,
      errormsg: "Could not resolve host: x",
    });
    const { hops, outcome } = follow([testpc, node], answer);
    expect(hops).toHaveLength(1);
    expect(outcome).toMatchObject({ ok: false, failedAt: 1, reason: "Could not resolve host: x" });
  });

  it("without a word of any proxy ends where it was last seen", () => {
    const { outcome } = follow([testpc, node], curl(0, "Connection timed out"));
    expect(outcome).toMatchObject({ ok: false, failedAt: 2, reason: "Connection timed out" });
  });
});
