import { describe, expect, it } from "vitest";
import { parseAccessLogLine } from "../../../lab/cli/trace/observe/access-log";
import { parseConnectionTable } from "../../../lab/cli/trace/observe/connection-table";
import { formatEndpoint, parseEndpoint } from "../../../lab/cli/trace/observe/endpoint";
import { movedRules, parseNatRules } from "../../../lab/cli/trace/observe/nat-rules";

describe("a line of Envoy's access log", () => {
  const inbound =
    '[2021-12-15T18:05:56.334Z] "GET / HTTP/1.1" 200 - via_upstream - "-" 0 615 3 1 "192.168.10.254" "curl/7.68.0" "0844349b-d290-994b-93b2-da36bf929c62" "www.gasida.dev:30384" "172.16.46.11:80" inbound|80|| 127.0.0.6:50763 172.16.46.11:80 192.168.10.254:0 - default';

  it("of the notes is read field by field", () => {
    expect(parseAccessLogLine(`2026-11-25T06:00:00Z stdout F ${inbound}`)).toEqual({
      startTime: "2021-12-15T18:05:56.334Z",
      request: "GET / HTTP/1.1",
      status: 200,
      details: "via_upstream",
      duration: 3,
      forwardedFor: "192.168.10.254",
      userAgent: "curl/7.68.0",
      requestId: "0844349b-d290-994b-93b2-da36bf929c62",
      authority: "www.gasida.dev:30384",
      upstreamHost: { address: "172.16.46.11", port: 80 },
      upstreamCluster: "inbound|80||",
      upstreamLocal: { address: "127.0.0.6", port: 50763 },
      downstreamLocal: { address: "172.16.46.11", port: 80 },
      downstreamRemote: { address: "192.168.10.254", port: 0 },
      routeName: "default",
      line: inbound,
    });
  });

  it.each([
    [
      "a request without a route",
      '[2026-11-25T06:00:00.000Z] "GET / HTTP/1.1" 404 NR route_not_found - "-" 0 0 0 - "172.18.0.3" "curl" "id" "172.18.0.2:30000" "-" - - 10.10.0.9:8080 172.18.0.3:41234 - -',
      { status: 404, flags: "NR", details: "route_not_found", upstreamHost: undefined, routeName: undefined },
    ],
    [
      "a connection that no filter chain takes",
      '[2026-11-25T06:00:00.000Z] "- - -" 0 NR filter_chain_not_found - "-" 0 0 0 - "-" "-" "-" "-" "-" - - 10.10.0.26:80 10.10.0.1:41234 - -',
      { request: "- - -", status: 0, flags: "NR", details: "filter_chain_not_found", userAgent: undefined },
    ],
    [
      "a connection to an endpoint that failed",
      '[2026-11-25T06:00:00.000Z] "GET / HTTP/1.1" 503 UF,URX upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused} - "delayed connect error: Connection refused" 0 152 1 - "172.18.0.3" "curl" "id" "h" "10.10.0.5:80" outbound|80||svc.default.svc.cluster.local - 10.10.0.9:8080 172.18.0.3:41234 - default',
      { flags: "UF,URX", transportFailure: "delayed connect error: Connection refused", upstreamLocal: undefined },
    ],
    [
      "a connection that is passed on by its SNI",
      '[2026-11-25T06:00:00.000Z] "- - -" 0 - - - "-" 1839 2451 30 - "-" "-" "-" "-" "10.20.0.7:3000" outbound_.80_._.catalog.istioinaction.svc.cluster.local 10.20.0.5:41000 10.20.0.5:15443 172.18.0.2:52000 outbound_.80_._.catalog.istioinaction.svc.cluster.local -',
      {
        upstreamHost: { address: "10.20.0.7", port: 3000 },
        serverName: "outbound_.80_._.catalog.istioinaction.svc.cluster.local",
        status: 0,
      },
    ],
  ])("of %s is read", (_, line, expected) => {
    const parsed = parseAccessLogLine(line);
    const found = Object.fromEntries(Object.keys(expected).map((key) => [key, parsed?.[key as "status"]]));
    expect(found).toEqual(expected);
  });

  it("is nothing else that a proxy writes", () => {
    expect(parseAccessLogLine("2026-11-25T05:00:00Z\tinfo\tReadiness succeeded in 1.2s")).toBeUndefined();
    expect(parseAccessLogLine("")).toBeUndefined();
  });
});

describe("the table of tracked connections", () => {
  it("of the notes is read: the answer's source port is the sidecar's", () => {
    const line =
      "tcp 6 431999 ESTABLISHED src=10.10.0.9 dst=10.10.0.26 sport=46038 dport=80 src=10.10.0.26 dst=10.10.0.9 sport=15006 dport=46038 [ASSURED] mark=0 use=1";
    expect(parseConnectionTable(`conntrack v1.4.7: 1 flow entries have been shown.\n${line}\n`)).toEqual([
      {
        original: { source: { address: "10.10.0.9", port: 46038 }, destination: { address: "10.10.0.26", port: 80 } },
        reply: { source: { address: "10.10.0.26", port: 15006 }, destination: { address: "10.10.0.9", port: 46038 } },
        line,
      },
    ]);
  });

  it("has no entry for a flow that was never answered in another family", () => {
    expect(parseConnectionTable("udp 17 29 src=10.0.0.1 dst=10.0.0.2\n")).toEqual([]);
  });
});

describe("NAT rules", () => {
  const before = `*nat
:PREROUTING ACCEPT [9:540]
[9:540] -A PREROUTING -p tcp -j ISTIO_INBOUND
[9:540] -A ISTIO_INBOUND -p tcp -m tcp --dport 15021 -j RETURN
[0:0] -A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT
[0:0] -A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
[2:120] -A ISTIO_OUTPUT -j RETURN
[5:300] -A ISTIO_OUTPUT -j RETURN
COMMIT
`;
  const after = before
    .replace("[9:540] -A PREROUTING", "[11:660] -A PREROUTING")
    .replace("[0:0] -A ISTIO_INBOUND", "[1:60] -A ISTIO_INBOUND")
    .replace("[0:0] -A ISTIO_IN_REDIRECT", "[1:60] -A ISTIO_IN_REDIRECT")
    .replace("[5:300]", "[6:360]");

  it("are read with chain and counter, without the chains' own lines", () => {
    expect(parseNatRules(before)[0]).toEqual({ chain: "PREROUTING", rule: "-p tcp -j ISTIO_INBOUND", packets: 9 });
    expect(parseNatRules(before)).toHaveLength(6);
  });

  it("that counted packets are told, one of two alike by its place", () => {
    expect(movedRules(before, after)).toEqual([
      { chain: "PREROUTING", rule: "-p tcp -j ISTIO_INBOUND", packets: 2 },
      { chain: "ISTIO_INBOUND", rule: "-p tcp -j ISTIO_IN_REDIRECT", packets: 1 },
      { chain: "ISTIO_IN_REDIRECT", rule: "-p tcp -j REDIRECT --to-ports 15006", packets: 1 },
      { chain: "ISTIO_OUTPUT", rule: "-j RETURN", packets: 1 },
    ]);
  });

  it("that nothing has passed are not told", () => {
    expect(movedRules(before, before)).toEqual([]);
  });
});

describe("an endpoint", () => {
  it.each(["-", "10.0.0.1", "10.0.0.1:", "[::1]:80", "envoy://connect_originate/10.0.0.1:80"])("is not %j", (text) => {
    expect(parseEndpoint(text)).toBeUndefined();
  });

  it("is written as it is read", () => {
    expect(formatEndpoint(parseEndpoint("10.10.0.9:8080")!)).toBe("10.10.0.9:8080");
  });
});
