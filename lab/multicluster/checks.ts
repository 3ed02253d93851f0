import type { Check, CheckSuite } from "../../infra/core/check";
import { ALL_READY, here, inCluster, OK, on, READY_REPLICAS, STATUS } from "../check-commands";
import type { AccessCluster, AccessHost, LabOutputs } from "../outputs";
import {
  countLocalAnswers,
  gatewayAddress,
  keptLocal,
  literally,
  meshOf,
  remoteClusters,
  statusOf,
  synced,
  type Mesh,
} from "./check-commands";
import { scenarios } from "./scenarios";

/** The notes' observations of the `multicluster` lab. */
export function multiClusterCheckSuite(outputs: LabOutputs): CheckSuite {
  const mesh = meshOf(outputs);
  const { clusters } = mesh;
  return {
    observations: [
      ...clusters.flatMap((cluster) => clusterChecks(cluster, clusters)),
      sameRoot(mesh),
      ...connectivityChecks(mesh),
      ...outputs.hosts.map((host) => outsideCheck(mesh, host)),
      ...trafficChecks(mesh),
    ],
    scenarios: scenarios(mesh),
  };
}

function clusterChecks(cluster: AccessCluster, clusters: readonly AccessCluster[]): Check[] {
  const { name, gateways } = cluster;
  const services = gateways.map((gateway) => gateway.name).join(" ");
  const addresses = gateways.map((gateway) => `${gateway.name} LoadBalancer ${literally(gateway.address)}`).join("\\n");
  return [
    {
      name: `${name}-control-plane-ready`,
      shows: `${name} has an istiod and gateways of its own, and they are ready`,
      source: "12 control planes, east-west gateways",
      command: inCluster(name, READY_REPLICAS),
      expect: ALL_READY,
      deadlineSeconds: 30,
    },
    {
      name: `${name}-gateway-addresses`,
      shows: `MetalLB has given the gateways of ${name} addresses that the other clusters reach`,
      source: "12 MetalLB",
      command: inCluster(
        name,
        `kubectl --namespace istio-system get services ${services} --output jsonpath='{range .items[*]}{.metadata.name} {.spec.type} {.status.loadBalancer.ingress[*].ip}{"\\n"}{end}'`,
      ),
      expect: { stdout: new RegExp(`^${addresses}$`) },
      deadlineSeconds: 30,
    },
    ...clusters.filter((other) => other !== cluster).map((other) => seesOther(cluster, other)),
    workloadCertificate(cluster),
  ];
}

function seesOther(cluster: AccessCluster, other: AccessCluster): Check {
  return {
    name: `${cluster.name}-sees-${other.name}`,
    shows: `the istiod of ${cluster.name} reads the workloads of ${other.name} with the token of a remote secret`,
    source: "12 create-remote-secret",
    command: remoteClusters(cluster),
    expect: synced([other]),
    deadlineSeconds: 30,
  };
}

/** The leaf of the chain that Envoy presents. */
function workloadCertificate({ name }: AccessCluster): Check {
  const issuer = `issuer=\\s*CN ?= ?${name}\\.intermediate\\.istio\\.in\\.action`;
  const subject = "URI:spiffe://cluster\\.local/ns/istioinaction/sa/simple-backend";
  return {
    name: `${name}-certificate`,
    shows: `${name}'s own intermediate CA has signed the certificate of its workload`,
    source: "12 cacerts, proxy-config secret",
    command: inCluster(
      name,
      `istioctl proxy-config secret deploy/simple-backend-${name}.istioinaction --output json | tr -d ' \\n' | grep -o '"certificateChain":{"inlineBytes":"[^"]*' | cut -d '"' -f 6 | openssl base64 -d -A | openssl x509 -noout -issuer -ext subjectAltName`,
    ),
    expect: { stdout: new RegExp(`^${issuer}\\n[^\\n]*Subject Alternative Name[^\\n]*\\n\\s*${subject}$`) },
    deadlineSeconds: 30,
  };
}

function sameRoot({ clusters }: Mesh): Check {
  const contexts = clusters.map(({ context }) => context).join(" ");
  const count = clusters.length;
  const fingerprint = `\\s*${count} (sha|SHA)256 Fingerprint=([0-9A-F]{2}:){31}[0-9A-F]{2}`;
  return {
    name: "same-root",
    shows: "workloads of all clusters trust one root, so they can authenticate each other",
    source: "12 cacerts",
    command: here(
      `for context in ${contexts}; do kubectl --context "$context" --namespace istioinaction get configmap istio-ca-root-cert --output jsonpath='{.data.root-cert\\.pem}' | openssl x509 -noout -fingerprint -sha256 -subject; done | LC_ALL=C sort | uniq -c`,
    ),
    expect: { stdout: new RegExp(`^${fingerprint}\\n\\s*${count} subject=\\s*CN ?= ?root\\.istio\\.in\\.action$`) },
    deadlineSeconds: 20,
  };
}

function connectivityChecks({ first, second }: Mesh): Check[] {
  const catalog = "catalog.istioinaction.svc.cluster.local";
  const address = literally(gatewayAddress(second, "istio-eastwestgateway"));
  return [
    {
      name: "catalog-endpoint",
      shows: `to webapp's sidecar catalog is the east-west gateway of ${second.name}, and nothing else`,
      source: "12 proxy-config endpoint",
      command: inCluster(
        first.name,
        `istioctl proxy-config endpoints deploy/webapp.istioinaction --cluster 'outbound|80||${catalog}' | tail -n +2`,
      ),
      expect: { stdout: new RegExp(`^${address}:15443\\s+HEALTHY\\s+OK\\s+outbound\\|80\\|\\|${literally(catalog)}$`) },
      deadlineSeconds: 30,
    },
    {
      name: "catalog-sni-cluster",
      shows: `the east-west gateway of ${second.name} finds catalog by the SNI of a connection that it cannot read`,
      source: "12 sni-dnat, proxy-config clusters",
      command: inCluster(
        second.name,
        "istioctl proxy-config clusters deploy/istio-eastwestgateway.istio-system | grep '^outbound_.*catalog'",
      ),
      expect: { stdout: new RegExp(`^outbound_\\.80_\\._\\.${literally(catalog)}\\s`) },
      deadlineSeconds: 30,
    },
  ];
}

function outsideCheck({ first, webapp }: Mesh, { name }: AccessHost): Check {
  const { pathname } = new URL(webapp.url);
  const address = gatewayAddress(first, "istio-ingressgateway");
  return {
    name: `${name}-calls-webapp`,
    shows: `${name}, outside the mesh, reaches webapp at the load balancer's address of ${first.name}`,
    source: "12 mypc",
    command: on(name, `${STATUS} --header 'Host: ${webapp.host}' http://${address}${pathname}`),
    expect: OK,
    deadlineSeconds: 20,
  };
}

function trafficChecks(mesh: Mesh): Check[] {
  const { first, second, webapp } = mesh;
  return [
    {
      name: "catalog-through-ingress",
      shows: `webapp in ${first.name} answers with the goods of catalog in ${second.name}`,
      source: "12 expose-services.yaml",
      command: statusOf(webapp),
      expect: OK,
      deadlineSeconds: 20,
    },
    answeredElsewhere(mesh),
    {
      name: `calls-stay-in-${first.name}`,
      shows: `with the DestinationRule all calls of simple-backend are answered in ${first.name}, where the caller is`,
      source: "12 locality-aware, simple-backend-dr.yaml",
      command: countLocalAnswers(mesh),
      expect: keptLocal(mesh),
      deadlineSeconds: 30,
    },
  ];
}

/**
 * One request's id in the logs of both clusters. A proxy writes its log up to a second later, so that a try finds what the one before it sent;
 * the id is the gateway's own, which keeps none that comes from outside.
 */
function answeredElsewhere({ first, second, webapp }: Mesh): Check {
  const mark = "?istio-lab-verify";
  const id = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
  const logs = ({ context }: AccessCluster, where: string) => `kubectl --context ${context} logs ${where} --since 60s`;
  return {
    name: `answered-by-${second.name}`,
    shows: `a request that enters in ${first.name} ends, with the same id, at catalog's sidecar in ${second.name}`,
    source: "12 tcpdump, dump.pcap",
    command: here(
      [
        `${statusOf({ ...webapp, url: `'${webapp.url}${mark}'` }).run} >&2`,
        `ids=$(${logs(first, "--namespace istio-system deploy/istio-ingressgateway")} | grep -F '${mark} ' | grep -oE '${id}')`,
        `${logs(second, "--namespace istioinaction deploy/catalog --container istio-proxy")} | grep -F "$ids" | tail -n 1`,
      ].join("\n"),
    ),
    expect: {
      stdout: /"GET \/items HTTP\/1\.1" 200 .* outbound_\.80_\._\.catalog\.istioinaction\.svc\.cluster\.local /,
    },
    deadlineSeconds: 20,
  };
}
