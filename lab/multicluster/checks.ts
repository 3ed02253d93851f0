import type { Check, CheckSuite } from "../../infra/core/check";
import { ALL_READY, here, inCluster, READY_REPLICAS } from "../shared/check-commands";
import { scriptLine } from "../shared/script-line";
import type { AccessCluster, LabOutputs } from "../program/outputs";
import { contextsOf, literally, meshOf, remoteClusters, SCRIPTS, synced, type Mesh } from "./check-commands";
import { scenarios } from "./scenarios";
import { connectivityChecks, outsideCheck, trafficChecks } from "./traffic-checks";

/** The study notes' observations of the `multicluster` lab. */
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

function workloadCertificate({ name }: AccessCluster): Check {
  const issuer = `issuer=\\s*CN ?= ?${name}\\.intermediate\\.istio\\.in\\.action`;
  const subject = "URI:spiffe://cluster\\.local/ns/istioinaction/sa/simple-backend";
  return {
    name: `${name}-certificate`,
    shows: `${name}'s own intermediate CA has signed the certificate of its workload`,
    source: "12 cacerts, proxy-config secret",
    command: inCluster(
      name,
      scriptLine("workload-certificate.sh", { WORKLOAD: `simple-backend-${name}.istioinaction` }, SCRIPTS),
    ),
    expect: {
      stdout: new RegExp(`^${issuer}\\n[^\\n]*Subject Alternative Name[^\\n]*\\n\\s*${subject}$`),
      words: `the issuer CN=${name}.intermediate.istio.in.action, and the name spiffe://cluster.local/ns/istioinaction/sa/simple-backend`,
    },
    deadlineSeconds: 30,
  };
}

function sameRoot({ clusters }: Mesh): Check {
  const count = clusters.length;
  const fingerprint = `\\s*${count} (sha|SHA)256 Fingerprint=([0-9A-F]{2}:){31}[0-9A-F]{2}`;
  return {
    name: "same-root",
    shows: "workloads of all clusters trust one root, so they can authenticate each other",
    source: "12 cacerts",
    command: here(scriptLine("roots-count.sh", { CONTEXTS: contextsOf(clusters).join(" ") }, SCRIPTS)),
    expect: {
      stdout: new RegExp(`^${fingerprint}\\n\\s*${count} subject=\\s*CN ?= ?root\\.istio\\.in\\.action$`),
      words: `${count} times the same fingerprint, and the subject CN=root.istio.in.action`,
    },
    deadlineSeconds: 20,
  };
}
