import type { HopEvidence, HopFact, TraceHop, TraceReport } from "../../lab/cli/trace/report";
import { changed } from "./changed";

const CLIENT = "172.18.0.3:41234";
const NODE_PORT = "172.18.0.2:30000";
const GATEWAY = "10.10.0.9:8080";
const GATEWAY_LEAVING = "10.10.0.9:46038";
const APPLICATION = "10.10.0.26:80";
const LOOPBACK = "127.0.0.6:58477";
const MARK = "istio-lab-trace/1f0c9a2b";
const REQUEST_ID = "5ad0d1e6-3c02-9d7e-a7a0-0c6f4dd0a3f5";

const GATEWAY_POD = "pod istio-ingress/istio-ingressgateway-7d5cb9c8d-x2x7k";
const NGINX_POD = "pod default/nginx-5f7c8d9b4-q8rzl";

/** Facts by label, in order. */
function facts(values: Readonly<Record<string, string>>): HopFact[] {
  return Object.entries(values).map(([label, value]) => ({ label, value }));
}

function proof(title: string, command: string, ...lines: readonly string[]): HopEvidence {
  return { title, command, text: `${lines.join("\n")}\n` };
}

/** A line of Envoy's access log in Istio's default format. */
function logLine(answer: string, bytes: string, ends: string): string {
  const names = `"172.18.0.3" "${MARK}" "${REQUEST_ID}" "nginx.example.com"`;
  return `[2026-11-26T09:14:02.511Z] "GET / HTTP/1.1" ${answer} - "-" 0 ${bytes} ${names} ${ends}`;
}

const client: TraceHop = {
  number: 1,
  kind: "client",
  station: "testpc",
  title: "the client sends its request",
  source: CLIENT,
  destination: NODE_PORT,
  security: "plain",
  milliseconds: 0,
  facts: facts({ request: "GET / HTTP/1.1", Host: "nginx.example.com", answer: "200" }),
  evidence: [
    proof(
      "packets",
      "docker exec testpc tcpdump -nnqi any port 41234",
      "09:14:02.510 Out   172.18.0.3:41234 > 172.18.0.2:30000: SYN",
      "09:14:02.511 Out   172.18.0.3:41234 > 172.18.0.2:30000: tcp 98",
      "09:14:02.514 In    172.18.0.2:30000 > 172.18.0.3:41234: tcp 853",
      "",
      "GET / HTTP/1.1",
      "host: nginx.example.com",
      `user-agent: ${MARK}`,
    ),
  ],
};

const node: TraceHop = {
  number: 2,
  kind: "node-nat",
  station: "node myk8s",
  title: "the node translates the service's address to a pod's",
  source: CLIENT,
  destination: NODE_PORT,
  facts: facts({
    service: "istio-ingress/istio-ingressgateway:http2",
    destination: GATEWAY,
    source: "kept: the client's own address",
    "NAT rules":
      "KUBE-SERVICES → KUBE-NODEPORTS +1, KUBE-NODEPORTS → KUBE-EXT-G6D3V5KS3PXPUEDS +1, KUBE-EXT-G6D3V5KS3PXPUEDS → KUBE-SVC-G6D3V5KS3PXPUEDS +1, KUBE-SEP-2J2HVEVJAPBM7C5N → DNAT +1",
  }),
  evidence: [
    proof(
      "NAT rules that counted packets",
      "docker exec myk8s iptables -t nat -L -n -v",
      "  +1  -A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS",
      '  +1  -A KUBE-NODEPORTS -p tcp -m comment --comment "istio-ingress/istio-ingressgateway:http2" -m tcp --dport 30000 -j KUBE-EXT-G6D3V5KS3PXPUEDS',
      "  +1  -A KUBE-SEP-2J2HVEVJAPBM7C5N -p tcp -m tcp -j DNAT --to-destination 10.10.0.9:8080",
    ),
    proof(
      "tracked connection",
      "docker exec myk8s conntrack -L -p tcp --orig-src 172.18.0.3 --orig-dst 172.18.0.2 --sport 41234",
      "tcp 6 431999 ESTABLISHED src=172.18.0.3 dst=172.18.0.2 sport=41234 dport=30000 src=10.10.0.9 dst=172.18.0.3 sport=8080 dport=41234 [ASSURED] mark=0 use=1",
    ),
  ],
};

const gateway: TraceHop = {
  number: 3,
  kind: "envoy-gateway",
  station: GATEWAY_POD,
  title: "the gateway's Envoy picks route, cluster and endpoint",
  source: CLIENT,
  destination: GATEWAY,
  security: "plain",
  milliseconds: 0.41,
  facts: facts({
    process: "envoy, uid 1337",
    listener: "0.0.0.0_8080 (0.0.0.0:8080)",
    "route configuration": "http.8080, virtual host nginx.example.com:80",
    VirtualService: "default/nginx",
    cluster: "outbound|80||nginx.default.svc.cluster.local",
    endpoint: APPLICATION,
    answer: "200 via_upstream",
    "request id": REQUEST_ID,
  }),
  evidence: [
    proof(
      "Envoy's access log",
      "kubectl logs --namespace istio-ingress istio-ingressgateway-7d5cb9c8d-x2x7k --container istio-proxy",
      logLine(
        "200 - via_upstream",
        "615 2 2",
        `"${APPLICATION}" outbound|80||nginx.default.svc.cluster.local ${GATEWAY_LEAVING} ${GATEWAY} ${CLIENT} - -`,
      ),
    ),
  ],
};

const leaving: TraceHop = {
  number: 4,
  kind: "iptables-leaving",
  station: GATEWAY_POD,
  title: "the gateway opens a connection of its own",
  source: GATEWAY_LEAVING,
  destination: APPLICATION,
  security: "mTLS",
  milliseconds: 0.88,
  facts: facts({ SNI: "outbound_.80_._.nginx.default.svc.cluster.local", ALPN: "istio-peer-exchange, istio" }),
  evidence: [
    proof(
      "sockets",
      "docker exec myk8s nsenter -n -t 2817 ss -tanpe",
      'ESTAB 0 0 10.10.0.9:46038 10.10.0.26:80 users:(("envoy",pid=31,fd=42)) uid:1337 ino:61204',
    ),
  ],
};

const redirect: TraceHop = {
  number: 5,
  kind: "iptables-inbound",
  station: NGINX_POD,
  title: "iptables redirects incoming traffic to Envoy's port 15006",
  source: GATEWAY_LEAVING,
  destination: APPLICATION,
  security: "mTLS",
  milliseconds: 0.93,
  facts: facts({
    "NAT rules":
      "PREROUTING → ISTIO_INBOUND +1, ISTIO_INBOUND → ISTIO_IN_REDIRECT +1, ISTIO_IN_REDIRECT → REDIRECT 15006 +1",
    "answers come from": "10.10.0.26:15006",
  }),
  evidence: [
    proof(
      "NAT rules that counted packets",
      "docker exec myk8s nsenter -n -t 3310 iptables -t nat -L -n -v",
      "  +1  -A PREROUTING -p tcp -j ISTIO_INBOUND",
      "  +1  -A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT",
      "  +1  -A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006",
    ),
  ],
};

const sidecar: TraceHop = {
  number: 6,
  kind: "envoy-inbound",
  station: NGINX_POD,
  title: "the sidecar's Envoy hands the request to its application",
  source: GATEWAY_LEAVING,
  destination: "10.10.0.26:15006",
  security: "mTLS",
  milliseconds: 1.62,
  facts: facts({
    process: "envoy, uid 1337",
    "filter chain":
      "0.0.0.0_80 (matches port 80, tls, istio istio-peer-exchange istio-http/1.0 istio-http/1.1 istio-h2)",
    "caller's SPIFFE id": "spiffe://cluster.local/ns/istio-ingress/sa/istio-ingressgateway",
    "own SPIFFE id": "spiffe://cluster.local/ns/default/sa/nginx",
    cluster: "inbound|80||",
    endpoint: APPLICATION,
    "X-Forwarded-For": "172.18.0.3",
  }),
  evidence: [
    proof(
      "Envoy's access log",
      "kubectl logs --namespace default nginx-5f7c8d9b4-q8rzl --container istio-proxy",
      logLine(
        "200 - via_upstream",
        "615 1 0",
        `"${APPLICATION}" inbound|80|| ${LOOPBACK} ${APPLICATION} ${GATEWAY_LEAVING} outbound_.80_._.nginx.default.svc.cluster.local default`,
      ),
    ),
  ],
};

const loopback: TraceHop = {
  number: 7,
  kind: "iptables-loopback",
  station: NGINX_POD,
  title: "iptables lets Envoy's connection from 127.0.0.6 pass to the application",
  source: LOOPBACK,
  destination: APPLICATION,
  security: "plain",
  milliseconds: 1.7,
  facts: facts({ "NAT rules": "OUTPUT → ISTIO_OUTPUT +1, ISTIO_OUTPUT → RETURN +1", socket: "envoy, uid 1337" }),
  evidence: [
    proof(
      "NAT rules that counted packets",
      "docker exec myk8s nsenter -n -t 3310 iptables -t nat -L -n -v",
      "  +1  -A OUTPUT -p tcp -j ISTIO_OUTPUT",
      "  +1  -A ISTIO_OUTPUT -s 127.0.0.6/32 -o lo -j RETURN",
    ),
  ],
};

const application: TraceHop = {
  number: 8,
  kind: "application",
  station: NGINX_POD,
  title: "the application answers",
  source: LOOPBACK,
  destination: APPLICATION,
  security: "plain",
  milliseconds: 1.74,
  facts: facts({ process: "nginx, uid 101", "sees as its peer": "127.0.0.6", "X-Forwarded-For": "172.18.0.3" }),
  evidence: [
    proof(
      "the application's log",
      "kubectl logs --namespace default nginx-5f7c8d9b4-q8rzl --all-containers",
      `127.0.0.6 - - [26/Nov/2026:09:14:02 +0000] "GET / HTTP/1.1" 200 615 "-" "${MARK}" "172.18.0.3"`,
    ),
  ],
};

const response: TraceHop = {
  number: 9,
  kind: "response",
  station: "testpc",
  title: "the answer comes back by the same connections, translated the other way round",
  source: NODE_PORT,
  destination: CLIENT,
  milliseconds: 4.21,
  facts: facts({ status: "200", "time that curl waited": "4.6 ms, with its own work before and after" }),
  evidence: [
    proof(
      "tracked connection",
      "docker exec testpc conntrack -L -p tcp --orig-src 172.18.0.3 --orig-dst 172.18.0.2 --sport 41234",
      "tcp 6 431999 ESTABLISHED src=172.18.0.3 dst=172.18.0.2 sport=41234 dport=30000 src=172.18.0.2 dst=172.18.0.3 sport=30000 dport=41234 [ASSURED] mark=0 use=1",
    ),
  ],
};

/** A request from a machine outside the cluster through the gateway to nginx: 200 after nine hops. */
export function sampleReport(changes: Partial<TraceReport> = {}): TraceReport {
  return {
    lab: "traffic-flow",
    stack: "dev",
    from: "testpc",
    to: "default/nginx",
    startedAt: "2026-11-26T09:14:02.118Z",
    request: { url: "http://172.18.0.2:30000/", host: "nginx.example.com", mark: MARK },
    outcome: { ok: true, status: 200, milliseconds: 4.21 },
    hops: [client, node, gateway, leaving, redirect, sidecar, loopback, application, response],
    seconds: 1.4,
    ...changes,
  };
}

/** The same request if the gateway knows no route for its host: 404 NR at the third hop. */
export function failedReport(): TraceReport {
  const failure = "404 NR route_not_found: no route for this host and path";
  const log = logLine("404 NR route_not_found", "0 0 -", `"-" - - ${GATEWAY} ${CLIENT} - -`);
  const refusal: TraceHop = {
    ...gateway,
    facts: facts({
      process: "envoy, uid 1337",
      listener: "0.0.0.0_8080 (0.0.0.0:8080)",
      "route configuration": "http.8080: no virtual host for other.example.com",
      answer: "404 NR route_not_found",
    }),
    evidence: gateway.evidence.map((evidence) => ({
      ...evidence,
      text: `${changed(log, "nginx.example.com", "other.example.com")}\n`,
    })),
    failure,
  };
  const asked: TraceHop = {
    ...client,
    facts: facts({ request: "GET / HTTP/1.1", Host: "other.example.com", answer: "404" }),
  };
  const answer: TraceHop = {
    ...response,
    number: 4,
    milliseconds: 1.3,
    facts: facts({ status: "404", "time that curl waited": "1.5 ms, with its own work before and after" }),
  };
  return sampleReport({
    request: { url: "http://172.18.0.2:30000/", host: "other.example.com", mark: MARK },
    outcome: { ok: false, status: 404, milliseconds: 1.3, failedAt: 3, reason: failure },
    hops: [asked, node, refusal, answer],
  });
}

/** What must not act in a page or a terminal: markup, quotes, entities, control characters. */
export const HOSTILE = `</pre></details><script>alert(1)</script><img src="https://example.com/x" onerror='alert(2)'>&lt;\u001b[31m\u0000`;

/** The sample with that in every text that a running system can choose. */
export function hostileReport(): TraceReport {
  const { hops, outcome } = failedReport();
  return sampleReport({
    ...{ lab: HOSTILE, stack: HOSTILE, from: HOSTILE, to: HOSTILE },
    request: { url: HOSTILE, host: HOSTILE, mark: HOSTILE },
    outcome: { ...outcome, reason: HOSTILE },
    hops: hops.map(({ failure, ...hop }) => ({
      ...hop,
      ...{ station: `${hop.station} ${HOSTILE}`, title: HOSTILE, source: HOSTILE, destination: HOSTILE },
      facts: [{ label: HOSTILE, value: HOSTILE }],
      evidence: [{ title: HOSTILE, command: HOSTILE, text: `\n${HOSTILE}\n\tlast line\n` }],
      ...(failure === undefined ? {} : { failure: HOSTILE }),
    })),
  });
}
