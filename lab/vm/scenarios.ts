import type { Check, CheckCommand, Scenario } from "../../infra/core/check";
import { sshLine } from "../../infra/core/ssh-line";
import {
  allOf,
  createManifest,
  FORBIDDEN,
  here,
  ISTIO_KINDS,
  noneOfTheUsers,
  OK,
  on,
  onlyFrom,
  removePolicies,
  removeVerifyObjects,
  ROOT_NAMESPACE,
  STATUS,
  VERIFY_LABEL,
} from "../shared/check-commands";
import {
  FORUM_NAMESPACES,
  healthOf,
  servicesRun,
  servicesStopped,
  STORE_NAMESPACES,
  throughIngress,
  type Addresses,
  type MeshHost,
} from "./check-commands";
import { GROUP } from "./study-notes";

/** The study notes' observations that need a change of the lab, which each scenario takes back. */
export function scenarios(addresses: Addresses, hosts: readonly MeshHost[], first: MeshHost): Scenario[] {
  return [forumStopped(addresses, hosts), callerIdentity(addresses, first), strictMutualTls(addresses, first)];
}

/** Every VM's forum at once: with one of several stopped, webapp would still be served. */
function forumStopped(addresses: Addresses, hosts: readonly MeshHost[]): Scenario {
  const everywhere = (verb: string): CheckCommand =>
    here(hosts.map(({ login }) => `${sshLine(login)} sudo systemctl ${verb} forum`).join(" && "));
  const health = (status: string, source: string): Check[] =>
    hosts.map((host) => ({
      name: `${host.name}-healthy-${status.toLowerCase()}`,
      shows: `istiod hears from the VM's agent that forum is ${status === "True" ? "ready again" : "not ready"}`,
      source,
      command: healthOf(host),
      expect: { stdout: new RegExp(`^${status}$`) },
      deadlineSeconds: 40,
    }));
  const users = throughIngress(addresses, "/api/users");
  return {
    name: "forum-stopped",
    shows: "traffic is not sent to a VM whose application does not answer its probe",
    precondition: {
      wanted: "forum runs on every VM: a scenario that ends would start one that was stopped",
      inTheWay: here(hosts.map(forumNotActive).join("\n")),
    },
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

/** Says so if systemd does not run forum on a host. */
function forumNotActive({ name, login }: MeshHost): string {
  return `state=$(${sshLine(login)} 'systemctl is-active forum || true'); [ "$state" = active ] || echo "forum on ${name} is $state"`;
}

/** The server's own authorization is the proof of who calls: only a certificate that the mesh's root signed can carry the name. */
function callerIdentity(addresses: Addresses, host: MeshHost): Scenario {
  const { name } = host;
  return {
    name: "caller-identity",
    shows: "the VM's calls are mutually authenticated and carry the identity of forum-sa",
    precondition: noneOfTheUsers(ISTIO_KINDS.authorizationPolicy, STORE_NAMESPACES),
    change: here(createManifest(onlyFrom("webapp", `${GROUP.namespace}/sa/forum-sa`))),
    checks: [
      {
        name: "others-are-forbidden",
        shows: "the ingress gateway, which is somebody else, is refused while only forum-sa is let in",
        source: "13.3.4, 13.3.6",
        command: throughIngress(addresses, "/api/catalog"),
        expect: FORBIDDEN,
        deadlineSeconds: 20,
      },
      {
        name: "vm-is-forum-sa",
        shows: "the VM is let in: its peer certificate is spiffe://cluster.local/ns/forum-services/sa/forum-sa",
        source: "13.3.4, 13.3.6",
        command: on(name, `${STATUS} http://webapp.istioinaction/api/catalog/items/1`),
        expect: OK,
        deadlineSeconds: 20,
        obstacle: servicesStopped([host]),
      },
    ],
    restore: here(removePolicies()),
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

/** The study notes' policy has the name `default`, which the user's own may have. Any name will do, as long as there is one policy. */
function strictMutualTls(addresses: Addresses, host: MeshHost): Scenario {
  const plain = addresses.onNode(`${STATUS} http://${host.address}:8080/api/users`);
  return {
    name: "strict-mutual-tls",
    shows: "the VM obeys the mesh's policy: with STRICT only members of the mesh are served",
    precondition: allOf(noneOfTheUsers(ISTIO_KINDS.peerAuthentication, FORUM_NAMESPACES), servicesRun([host])),
    change: here(
      createManifest(`apiVersion: security.istio.io/v1beta1
kind: PeerAuthentication
metadata:
  name: istio-lab-verify
  namespace: ${ROOT_NAMESPACE}
  labels:
    ${VERIFY_LABEL}: "true"
spec:
  mtls:
    mode: STRICT
`),
    ),
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
    restore: here(removeVerifyObjects(ISTIO_KINDS.peerAuthentication, ROOT_NAMESPACE)),
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
