import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Terminal } from "../../lab/cli/ui/terminal";
import type { TraceReport } from "../../lab/cli/trace/report";
import { pathDrawing } from "../../lab/cli/trace/render/drawing";
import { layOut } from "../../lab/cli/trace/render/drawing-layout";
import { isTracePage, tracePage } from "../../lab/cli/trace/render/page";
import { traceTable } from "../../lab/cli/trace/render/terminal-report";
import { failedReport, HOSTILE, hostileReport, sampleReport } from "../support/trace-report";

const plain: Terminal = { isLive: false, hasColour: false, columns: 100 };
const coloured: Terminal = { ...plain, hasColour: true };
const ESCAPE = "\u001b";

const throughNode = `   2             node myk8s
                 the node translates the service's address to a pod's
                 172.18.0.3:41234 → 172.18.0.2:30000
                   service: istio-ingress/istio-ingressgateway:http2
                   destination: 10.10.0.9:8080
                   source: kept: the client's own address
                   NAT rules: KUBE-SERVICES → KUBE-NODEPORTS +1, KUBE-NODEPORTS →
                     KUBE-EXT-G6D3V5KS3PXPUEDS +1, KUBE-EXT-G6D3V5KS3PXPUEDS →
                     KUBE-SVC-G6D3V5KS3PXPUEDS +1, KUBE-SEP-2J2HVEVJAPBM7C5N → DNAT +1

`;

const arrived = `testpc → default/nginx
  URL     http://172.18.0.2:30000/
  Host    nginx.example.com
  status  200
  time    4.2 ms from the first packet to the last

   1    0.00 ms  testpc
                 the client sends its request
                 172.18.0.3:41234 → 172.18.0.2:30000  plain
                   request: GET / HTTP/1.1
                   Host: nginx.example.com
                   answer: 200

${throughNode}   3    0.41 ms  pod istio-ingress/istio-ingressgateway-7d5cb9c8d-x2x7k
                 the gateway's Envoy picks route, cluster and endpoint
                 172.18.0.3:41234 → 10.10.0.9:8080  plain
                   process: envoy, uid 1337
                   listener: 0.0.0.0_8080 (0.0.0.0:8080)
                   route configuration: http.8080, virtual host nginx.example.com:80
                   VirtualService: default/nginx
                   cluster: outbound|80||nginx.default.svc.cluster.local
                   endpoint: 10.10.0.26:80
                   answer: 200 via_upstream
                   request id: 5ad0d1e6-3c02-9d7e-a7a0-0c6f4dd0a3f5

   4    0.88 ms  pod istio-ingress/istio-ingressgateway-7d5cb9c8d-x2x7k
                 the gateway opens a connection of its own
                 10.10.0.9:46038 → 10.10.0.26:80  mTLS
                   SNI: outbound_.80_._.nginx.default.svc.cluster.local
                   ALPN: istio-peer-exchange, istio

   5    0.93 ms  pod default/nginx-5f7c8d9b4-q8rzl
                 iptables redirects incoming traffic to Envoy's port 15006
                 10.10.0.9:46038 → 10.10.0.26:80  mTLS
                   NAT rules: PREROUTING → ISTIO_INBOUND +1, ISTIO_INBOUND → ISTIO_IN_REDIRECT +1,
                     ISTIO_IN_REDIRECT → REDIRECT 15006 +1
                   answers come from: 10.10.0.26:15006

   6    1.62 ms  pod default/nginx-5f7c8d9b4-q8rzl
                 the sidecar's Envoy hands the request to its application
                 10.10.0.9:46038 → 10.10.0.26:15006  mTLS
                   process: envoy, uid 1337
                   filter chain: 0.0.0.0_80 (matches port 80, tls, istio istio-peer-exchange
                     istio-http/1.0 istio-http/1.1 istio-h2)
                   caller's SPIFFE id:
                     spiffe://cluster.local/ns/istio-ingress/sa/istio-ingressgateway
                   own SPIFFE id: spiffe://cluster.local/ns/default/sa/nginx
                   cluster: inbound|80||
                   endpoint: 10.10.0.26:80
                   X-Forwarded-For: 172.18.0.3

   7    1.70 ms  pod default/nginx-5f7c8d9b4-q8rzl
                 iptables lets Envoy's connection from 127.0.0.6 pass to the application
                 127.0.0.6:58477 → 10.10.0.26:80  plain
                   NAT rules: OUTPUT → ISTIO_OUTPUT +1, ISTIO_OUTPUT → RETURN +1
                   socket: envoy, uid 1337

   8    1.74 ms  pod default/nginx-5f7c8d9b4-q8rzl
                 the application answers
                 127.0.0.6:58477 → 10.10.0.26:80  plain
                   process: nginx, uid 101
                   sees as its peer: 127.0.0.6
                   X-Forwarded-For: 172.18.0.3

   9    4.21 ms  testpc
                 the answer comes back by the same connections, translated the other way round
                 172.18.0.2:30000 → 172.18.0.3:41234
                   status: 200
                   time that curl waited: 4.6 ms, with its own work before and after

200 in 4.2 ms from the first packet to the last, through 9 hops
--html FILE shows the evidence of each hop`;

const failed = `testpc → default/nginx
  URL     http://172.18.0.2:30000/
  Host    other.example.com
  status  404
  time    1.3 ms from the first packet to the last

   1    0.00 ms  testpc
                 the client sends its request
                 172.18.0.3:41234 → 172.18.0.2:30000  plain
                   request: GET / HTTP/1.1
                   Host: other.example.com
                   answer: 404

${throughNode}   3    0.41 ms  pod istio-ingress/istio-ingressgateway-7d5cb9c8d-x2x7k
                 the gateway's Envoy picks route, cluster and endpoint
                 172.18.0.3:41234 → 10.10.0.9:8080  plain
                 failed: 404 NR route_not_found: no route for this host and path
                   process: envoy, uid 1337
                   listener: 0.0.0.0_8080 (0.0.0.0:8080)
                   route configuration: http.8080: no virtual host for other.example.com
                   answer: 404 NR route_not_found

   4    1.30 ms  testpc
                 the answer comes back by the same connections, translated the other way round
                 172.18.0.2:30000 → 172.18.0.3:41234
                   status: 404
                   time that curl waited: 1.5 ms, with its own work before and after

failed at hop 3: 404 NR route_not_found: no route for this host and path
--html FILE shows the evidence of each hop`;

describe("the table of a trace", () => {
  it("shows each hop with its facts, and how a request arrived", () => {
    expect(traceTable(sampleReport(), plain)).toBe(arrived);
  });

  it("says nothing of --html if a page is written as well", () => {
    expect(traceTable(sampleReport(), plain, true)).toBe(arrived.replace(/\n--html FILE.*$/, ""));
  });

  it("names the time of a request without an answer for nothing else than its time", () => {
    const outcome = { ok: false, status: 0, milliseconds: 30 };
    expect(traceTable(sampleReport({ outcome }), plain)).toContain("\n  time    30.0 ms\n");
  });

  it("shows at which hop a request failed, and why", () => {
    expect(traceTable(failedReport(), plain)).toBe(failed);
  });

  it("has the same words in colour, and red only if the request failed", () => {
    const table = traceTable(failedReport(), coloured);
    expect(table.replaceAll(/\u001b\[\d+m/g, "")).toBe(failed);
    const red = [...table.matchAll(/\u001b\[31m([^\u001b]*)\u001b\[0m/g)].map((match) => match[1]!.trim());
    const why = "404 NR route_not_found: no route for this host and path";
    expect(red).toEqual([
      "3    0.41 ms  pod istio-ingress/istio-ingressgateway-7d5cb9c8d-x2x7k",
      `failed: ${why}`,
      `failed at hop 3: ${why}`,
    ]);
    expect(traceTable(sampleReport(), coloured)).not.toContain(`${ESCAPE}[31m`);
  });

  it.each([60, 80, 100])("keeps words within %i columns", (columns) => {
    const lines = traceTable(sampleReport(), { ...plain, columns }).split("\n");
    const long = lines.filter((line) => line.length > columns && line.trim().includes(" "));
    // A word alone cannot be broken without making it useless to copy.
    expect(long.filter((line) => !/^ +\S+$|^ {3}\d/.test(line))).toEqual([]);
  });

  it("lets nothing that a system said act upon the terminal", () => {
    const table = traceTable(hostileReport(), plain);
    expect(table.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    expect(table).toContain(String.raw`&lt;\x1b[31m\x00`);
  });

  it.each([
    ["an answer that no hop explains", { ok: false, status: 502, milliseconds: 3 }, "failed: 502"],
    ["no answer", { ok: false, status: 0, milliseconds: 0 }, "failed: no answer"],
  ])("ends with what is known: %s", (_, outcome, last) => {
    expect(traceTable(sampleReport({ outcome }), plain).split("\n").at(-2)).toBe(last);
  });
});

/** The page without what it says about this report: its own markup, style and script. */
function withoutReport({ hops, ...report }: TraceReport): string {
  const empty = hops.map((hop) => ({ ...hop, facts: [], evidence: [] }));
  return tracePage({ ...report, request: { url: "", host: "", mark: "" }, hops: empty });
}

describe("the page of a trace", () => {
  it.each([
    ["sample", sampleReport()],
    ["failed", failedReport()],
    ["hostile", hostileReport()],
  ])("has one section and one node a hop: %s", (_, report) => {
    const page = tracePage(report);
    const numbers = report.hops.map(({ number }) => String(number));
    expect([...page.matchAll(/<details class="hop[^"]*" id="hop-(\d+)"/g)].map((match) => match[1])).toEqual(numbers);
    expect([...page.matchAll(/<a class="node[^"]*" href="#hop-(\d+)"/g)].map((match) => match[1])).toEqual(numbers);
    expect(page.match(/<\/details>/g)).toHaveLength(numbers.length);
    expect(page.match(/<pre>/g)).toHaveLength(report.hops.flatMap(({ evidence }) => evidence).length);
  });

  it("is known as one of ours", () => {
    expect(isTracePage(tracePage(sampleReport()))).toBe(true);
  });

  it("says in its title how the request ended", () => {
    expect(tracePage(sampleReport())).toContain(
      "<title>testpc → default/nginx: 200 in 4.2 ms from the first packet to the last, through 9 hops</title>",
    );
    expect(tracePage(failedReport())).toContain("failed at hop 3: 404 NR route_not_found");
  });

  it("opens the hop that failed, and no other", () => {
    expect(tracePage(failedReport()).match(/<details[^>]* open>/g)).toEqual([
      '<details class="hop failed" id="hop-3" open>',
    ]);
    expect(tracePage(sampleReport())).not.toMatch(/<details[^>]* open>/);
  });

  it("shows markup as text", () => {
    const page = tracePage(hostileReport());
    expect(page).not.toContain("<script>alert");
    expect(page).not.toContain("<img");
    expect(page.match(/<script\b/g)).toHaveLength(1);
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(page).toContain(String.raw`&amp;lt;\x1b[31m\x00`);
    expect(page.replaceAll(/[\n\t]/g, "")).not.toMatch(/\p{Cc}/u);
    expect(HOSTILE).toContain("\u0000");
  });

  it("names no address of its own in the network, and loads nothing", () => {
    expect(withoutReport(sampleReport())).not.toMatch(/https?:|["'(=]\/\//i);
    expect(withoutReport(sampleReport())).not.toMatch(/@import|url\(|\ssrc=|<link(?! rel="icon" href="data:,">)/i);
  });

  it("lets no script run but its own", () => {
    const page = tracePage(hostileReport());
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]?.split("; ");
    const script = /<script>([^]*?)<\/script>/.exec(page)![1]!;
    const hash = createHash("sha256").update(script).digest("base64");
    expect(policy).toEqual([
      "default-src 'none'",
      "style-src 'unsafe-inline'",
      `script-src 'sha256-${hash}'`,
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
    ]);
  });
});

describe("the drawing of a trace", () => {
  const rows = (report: TraceReport) => {
    const { hops } = layOut(report.hops);
    const heights = [...new Set(hops.map(({ y }) => y))];
    return heights.map((height) => hops.filter(({ y }) => y === height).map(({ hop }) => hop.number));
  };

  it("puts stations side by side and time from top to bottom", () => {
    const { lanes } = layOut(sampleReport().hops);
    expect(lanes.map(({ station }) => station.split("/").at(-1))).toEqual([
      "testpc",
      "node myk8s",
      "istio-ingressgateway-7d5cb9c8d-x2x7k",
      "nginx-5f7c8d9b4-q8rzl",
    ]);
    expect(rows(sampleReport())).toEqual([[1, 2, 3], [4, 5], [6], [7], [8], [9]]);
    expect(rows(failedReport())).toEqual([[1, 2, 3], [4]]);
  });

  it("begins a new row behind a way back, so that arrows never lie upon each other", () => {
    const [client, node, gateway, , inbound] = sampleReport().hops;
    const hops = [client!, node!, gateway!, node!, inbound!].map((hop, index) => ({ ...hop, number: index + 1 }));
    expect(rows(sampleReport({ hops }))).toEqual([[1, 2, 3], [4], [5]]);
  });

  it("marks each arrow by what was seen of its bytes", () => {
    const styles = (report: TraceReport) =>
      [...pathDrawing(report.hops).matchAll(/<g class="arrow (\w+)"/g)].map((match) => match[1]);
    expect(styles(sampleReport())).toEqual(["plain", "plain", "mtls", "mtls", "mtls", "plain", "plain", "answer"]);
    expect(styles(failedReport())).toEqual(["plain", "plain", "answer"]);
    // A node that passes mutual TLS on cannot say so itself; of another connection nothing is known.
    const { security: _, ...unseen } = sampleReport().hops[4]!;
    const leaving = sampleReport().hops[3]!;
    expect(styles(sampleReport({ hops: [leaving, unseen] }))).toEqual(["mtls"]);
    expect(styles(sampleReport({ hops: [leaving, { ...unseen, source: "10.10.0.9:1" }] }))).toEqual(["plain"]);
  });

  it("labels each arrow with both its ends", () => {
    const labels = [...pathDrawing(failedReport().hops).matchAll(/class="address"[^>]*>([^<]*)</g)];
    expect(labels.map((match) => match[1])).toEqual([
      ...["172.18.0.3:41234", "172.18.0.2:30000"],
      ...["172.18.0.3:41234", "10.10.0.9:8080"],
      ...["172.18.0.2:30000", "172.18.0.3:41234"],
    ]);
  });

  it("keeps long names and addresses within their columns", () => {
    const { lanes, laneWidth } = layOut(hostileReport().hops);
    const most = Math.floor((laneWidth - 32) / 6.7);
    expect(Math.max(...lanes.flatMap(({ name }) => name.map((line) => line.length)))).toBeLessThanOrEqual(most);
    expect(lanes[0]?.name.join("").replaceAll(" ", "")).toBe(`testpc${HOSTILE}`.replaceAll(" ", ""));
  });
});
