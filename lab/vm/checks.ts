import type { Check, CheckCommand, CheckSuite, Scenario } from "../../infra/core/check";
import type { AccessHost, LabOutputs } from "../outputs";
import { GROUP, INGRESS_HOST } from "./notes";

/** A command on this machine, with the lab's tools and its cluster's kubeconfig. */
function here(run: string): CheckCommand {
  return { on: "workstation", run };
}

/** A command on a VM, as its login user. */
function on(host: string, run: string): CheckCommand {
  return { on: "host", host, run };
}

const STATUS = "curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}'";

/** What the addresses of one lab are, as its checks need them. */
interface Addresses {
  /** `http://127.0.0.1:PORT` of the ingress gateway. */
  readonly ingress: string;
  /** Docker's name of the cluster's node. */
  readonly node: string;
}

function throughIngress({ ingress }: Addresses, path: string): CheckCommand {
  return here(`${STATUS} --header 'Host: ${INGRESS_HOST}' ${ingress}${path}`);
}

const OK = { exitCode: "any", stdout: /^200$/ } as const;

/** The notes' observations of the `vm` lab. */
export function vmCheckSuite(outputs: LabOutputs): CheckSuite {
  const ingress = new URL(outputs.urls.find(({ name }) => name === "webapp")?.url ?? "http://127.0.0.1:30000").origin;
  const context = outputs.clusters[0]?.context ?? "";
  const addresses = { ingress, node: `${context.replace(/^kind-/, "")}-control-plane` };
  const [first] = outputs.hosts;
  return {
    observations: [
      ...meshChecks(addresses),
      ...outputs.hosts.flatMap((host) => hostChecks(addresses, host)),
      ...addonChecks(outputs),
    ],
    scenarios: first === undefined ? [] : scenarios(addresses, outputs.hosts, first),
  };
}

function meshChecks(addresses: Addresses): Check[] {
  return [
    {
      name: "control-plane-ready",
      shows: "istiod, the ingress gateway and the east-west gateway are ready",
      source: "13.2.1, 13.3.1 Step1",
      command: here(
        `kubectl --namespace istio-system get deployments --output jsonpath='{range .items[*]}{.metadata.name}={.status.readyReplicas}{"\\n"}{end}' | grep -E '^(istiod|istio-(ingress|eastwest)gateway)=' | sort`,
      ),
      expect: { stdout: /^istio-eastwestgateway=1\nistio-ingressgateway=1\nistiod=1$/ },
      deadlineSeconds: 30,
    },
    {
      name: "catalog-through-ingress",
      shows: "the ingress gateway routes webapp.istioinaction.io to webapp, which asks catalog",
      source: "13.2.1",
      command: throughIngress(addresses, "/api/catalog"),
      expect: OK,
      deadlineSeconds: 20,
    },
    {
      name: "users-through-ingress",
      shows: "webapp reaches forum on the VM by the name of a Kubernetes service",
      source: "13.3.5 Step5",
      command: throughIngress(addresses, "/api/users"),
      expect: OK,
      deadlineSeconds: 20,
    },
  ];
}

function hostChecks({ node }: Addresses, { name, address, workloadEntry }: AccessHost): Check[] {
  const entry = workloadEntry.split("/").at(-1) ?? "";
  const clusterIp = "kubectl --namespace istioinaction get service webapp --output jsonpath='{.spec.clusterIP}'";
  return [
    {
      name: `${name}-synced`,
      shows: "istiod knows the VM's proxy and has sent it its configuration",
      source: "13.3.3 Step4",
      command: here(`istioctl proxy-status | grep '^${name}\\.${GROUP.namespace} '`),
      expect: { stdout: /west-cluster/, notStdout: /STALE/ },
      deadlineSeconds: 30,
    },
    {
      name: `${name}-workload-entry`,
      shows: "istiod registered the VM by itself, and its readiness probe succeeds",
      source: "13.3.3 Step4, 13.3.5 Step5",
      command: healthOf(entry),
      expect: { stdout: /^True$/ },
      deadlineSeconds: 30,
    },
    {
      name: `${name}-dns-captured`,
      shows: "iptables hands the VM's DNS queries to the sidecar on port 15053",
      source: "13.4.1 Step1",
      command: on(name, "sudo iptables-save --table nat | grep 'to-ports 15053'"),
      expect: { stdout: /udp .*--dport 53 .*--to-ports 15053/ },
      deadlineSeconds: 10,
    },
    {
      name: `${name}-dns-answers`,
      shows: "the VM resolves a cluster service, by its own resolver and by the sidecar asked directly",
      source: "13.3.4 Step1, 13.4.1 Step2",
      command: on(
        name,
        'test "$(dig +short webapp.istioinaction)" = "$(dig +short @localhost -p 15053 webapp.istioinaction)" && dig +short webapp.istioinaction',
      ),
      expect: { stdout: /^\d+\.\d+\.\d+\.\d+$/ },
      deadlineSeconds: 10,
    },
    {
      name: `${name}-dns-table`,
      shows: "istiod's name table for the VM has the service's cluster IP",
      source: "13.4.2",
      command: here(
        `ip=$(${clusterIp}); istioctl x internal-debug 'ndsz?proxyID=${name}.${GROUP.namespace}' | tr -d ' \\n' | grep -o "webapp.istioinaction.svc.cluster.local\\":{\\"ips\\":\\[\\"$ip\\"\\]"`,
      ),
      expect: { stdout: /webapp\.istioinaction/ },
      deadlineSeconds: 20,
    },
    {
      name: `${name}-calls-webapp`,
      shows: "the VM calls a service of the cluster through the east-west gateway",
      source: "13.3.4 Step1",
      command: on(name, `${STATUS} http://webapp.istioinaction/api/catalog/items/1`),
      expect: OK,
      deadlineSeconds: 20,
    },
    {
      name: `${name}-plain-request`,
      shows: "without STRICT anybody who reaches the VM is served, member of the mesh or not",
      source: "13.3.6",
      command: here(`docker exec ${node} ${STATUS} http://${address}:8080/api/users`),
      expect: OK,
      deadlineSeconds: 20,
    },
  ];
}

function addonChecks({ urls }: LabOutputs): Check[] {
  return urls
    .filter(({ name }) => name === "prometheus")
    .map(({ url }) => ({
      name: "prometheus-scrapes",
      shows: "Prometheus scrapes istiod, both gateways, webapp and catalog",
      source: "13.2.1",
      command: here(
        `curl --silent --max-time 5 '${url}/api/v1/query' --data-urlencode 'query=count by (job) (up == 1)' | grep -oE '"job":"[a-z]+"},"value":\\[[0-9.]+,"[0-9]+"' | sed -E 's/"job":"([a-z]+)".*"([0-9]+)"$/\\1=\\2/' | sort`,
      ),
      expect: { stdout: /^envoy=([4-9]|\d\d)\nistiod=1\nprometheus=1$/ },
      deadlineSeconds: 40,
    }));
}

function healthOf(entry: string): CheckCommand {
  return here(
    `kubectl --namespace ${GROUP.namespace} get workloadentry ${entry} --output jsonpath='{.status.conditions[?(@.type=="Healthy")].status}'`,
  );
}

function scenarios(addresses: Addresses, hosts: readonly AccessHost[], first: AccessHost): Scenario[] {
  return [forumStopped(addresses, hosts), callerIdentity(addresses, first), strictMutualTls(addresses, first)];
}

/** Every VM's forum at once: with one of several stopped, webapp would still be served. */
function forumStopped(addresses: Addresses, hosts: readonly AccessHost[]): Scenario {
  const everywhere = (verb: string): CheckCommand =>
    here(hosts.map(({ ssh }) => `${ssh} sudo systemctl ${verb} forum`).join(" && "));
  const health = (status: string, source: string): Check[] =>
    hosts.map(({ name, workloadEntry }) => ({
      name: `${name}-healthy-${status.toLowerCase()}`,
      shows: `istiod hears from the VM's agent that forum is ${status === "True" ? "ready again" : "not ready"}`,
      source,
      command: healthOf(workloadEntry.split("/").at(-1) ?? ""),
      expect: { stdout: new RegExp(`^${status}$`) },
      deadlineSeconds: 40,
    }));
  const users = throughIngress(addresses, "/api/users");
  return {
    name: "forum-stopped",
    shows: "traffic is not sent to a VM whose application does not answer its probe",
    change: everywhere("stop"),
    checks: [
      ...health("False", "13.3.5 Step4"),
      {
        name: "client-sees-500",
        shows: "webapp answers its own client with 500",
        source: "13.3.5 Step3",
        command: users,
        expect: { exitCode: "any", stdout: /^500$/ },
        deadlineSeconds: 20,
      },
      {
        name: "webapp-sees-503-uh",
        shows: "webapp's sidecar has no healthy endpoint of forum: 503 with response flag UH",
        source: "13.3.5 Step3",
        command: here(
          `${users.run} >/dev/null; kubectl --namespace istioinaction logs deploy/webapp --container istio-proxy --since 30s | grep '"GET /api/users HTTP/1.1" 503 UH'`,
        ),
        expect: { stdout: /503 UH no_healthy_upstream/ },
        deadlineSeconds: 20,
      },
    ],
    restore: everywhere("start"),
    afterwards: [
      ...health("True", "13.3.5 Step5"),
      {
        name: "users-answer-again",
        shows: "the call succeeds again",
        source: "13.3.5 Step5",
        command: users,
        expect: OK,
        deadlineSeconds: 20,
      },
    ],
  };
}

/** What a check puts into the cluster carries this label, so that it takes away its own and nothing else. */
const VERIFY_LABEL = "istio-lab.verify";

function apply(manifest: string): CheckCommand {
  return here(`kubectl apply --filename - <<'MANIFEST'\n${manifest}MANIFEST`);
}

/** The server's own authorization is the proof of who calls: only a certificate that the mesh's root signed can carry the name. */
function callerIdentity(addresses: Addresses, { name }: AccessHost): Scenario {
  const kind = "authorizationpolicies.security.istio.io";
  return {
    name: "caller-identity",
    shows: "the VM's calls are mutually authenticated and carry the identity of forum-sa",
    change: apply(`apiVersion: security.istio.io/v1beta1
kind: AuthorizationPolicy
metadata:
  name: istio-lab-verify
  namespace: istioinaction
  labels:
    ${VERIFY_LABEL}: "true"
spec:
  selector:
    matchLabels:
      app: webapp
  action: ALLOW
  rules:
    - from:
        - source:
            principals: ["cluster.local/ns/${GROUP.namespace}/sa/forum-sa"]
`),
    checks: [
      {
        name: "others-are-forbidden",
        shows: "the ingress gateway, which is somebody else, is refused while only forum-sa is let in",
        source: "13.3.4, 13.3.6",
        command: throughIngress(addresses, "/api/catalog"),
        expect: { exitCode: "any", stdout: /^403$/ },
        deadlineSeconds: 20,
      },
      {
        name: "vm-is-forum-sa",
        shows: "the VM is let in: its peer certificate is spiffe://cluster.local/ns/forum-services/sa/forum-sa",
        source: "13.3.4, 13.3.6",
        command: on(name, `${STATUS} http://webapp.istioinaction/api/catalog/items/1`),
        expect: OK,
        deadlineSeconds: 20,
      },
    ],
    restore: here(`kubectl --namespace istioinaction delete ${kind} --selector ${VERIFY_LABEL} --ignore-not-found`),
    afterwards: [
      {
        name: "everybody-again",
        shows: "the ingress gateway is let in again",
        source: "13.2.1",
        command: throughIngress(addresses, "/api/catalog"),
        expect: OK,
        deadlineSeconds: 20,
      },
    ],
  };
}

function strictMutualTls(addresses: Addresses, { address }: AccessHost): Scenario {
  const plain = here(`docker exec ${addresses.node} ${STATUS} http://${address}:8080/api/users`);
  return {
    name: "strict-mutual-tls",
    shows: "the VM obeys the mesh's policy: with STRICT only members of the mesh are served",
    change: apply(`apiVersion: security.istio.io/v1beta1
kind: PeerAuthentication
metadata:
  name: default
  namespace: istio-system
  labels:
    ${VERIFY_LABEL}: "true"
spec:
  mtls:
    mode: STRICT
`),
    checks: [
      {
        name: "plain-request-refused",
        shows: "a plain request from outside the mesh is refused by the VM's sidecar",
        source: "13.3.6",
        command: plain,
        expect: { exitCode: "not zero", stdout: /^000$/ },
        deadlineSeconds: 30,
      },
      {
        name: "mesh-still-served",
        shows: "webapp, a member of the mesh, still gets its answer",
        source: "13.3.6",
        command: throughIngress(addresses, "/api/users"),
        expect: OK,
        deadlineSeconds: 20,
      },
    ],
    restore: here(
      `kubectl --namespace istio-system delete peerauthentications.security.istio.io --selector ${VERIFY_LABEL} --ignore-not-found`,
    ),
    afterwards: [
      {
        name: "plain-request-served-again",
        shows: "the plain request is served again",
        source: "13.3.6",
        command: plain,
        expect: OK,
        deadlineSeconds: 30,
      },
    ],
  };
}
