import type { Check, CheckCommand, Scenario } from "../../infra/core/check";
import { applyManifest, here, inCluster, OK, VERIFY_LABEL } from "../check-commands";
import {
  answeredBy,
  asNetshoot,
  countAnswers,
  countLocalAnswers,
  ejectedFirst,
  keptLocal,
  outlierChecks,
  statusOf,
  type Mesh,
} from "./check-commands";

/** The notes' observations that need a change of the lab, which each scenario takes back. */
export function scenarios(mesh: Mesh): Scenario[] {
  return [withoutLocality(mesh), failover(mesh), peerIdentities(mesh), onlyTheIngressGateway(mesh)];
}

const FORBIDDEN = { exitCode: "any", stdout: /^403$/ } as const;

function localAgain(mesh: Mesh, source: string): Check {
  return {
    name: `calls-stay-in-${mesh.first.name}-again`,
    shows: `${mesh.first.name} answers its own calls again`,
    source,
    command: countLocalAnswers(mesh),
    expect: keptLocal(mesh),
    deadlineSeconds: 90,
  };
}

/** The gateway takes a rule of its own namespace for itself before the service's, so that Pulumi's own rule stays as it is. */
function withoutLocality(mesh: Mesh): Scenario {
  const { first, clusters } = mesh;
  const change = applyManifest(`apiVersion: networking.istio.io/v1beta1
kind: DestinationRule
metadata:
  name: istio-lab-verify
  namespace: istio-system
  labels:
    ${VERIFY_LABEL}: "true"
spec:
  host: simple-backend.istioinaction.svc.cluster.local
  exportTo: ["."]
  trafficPolicy:
    connectionPool:
      http:
        http2MaxRequests: 10
        maxRequestsPerConnection: 10
`);
  const remove = `kubectl --namespace istio-system delete destinationrules.networking.istio.io --selector ${VERIFY_LABEL} --ignore-not-found`;
  return {
    name: "without-locality",
    shows: "without outlier detection Istio ignores where a caller is",
    change: inCluster(first.name, change),
    checks: [
      {
        name: "clusters-take-turns",
        shows: "calls that enter in one cluster are answered by several",
        source: "12 locality-aware",
        command: here(countAnswers(mesh, 40)),
        expect: answeredBy(clusters, 40, 2),
        deadlineSeconds: 60,
      },
    ],
    restore: inCluster(first.name, remove),
    afterwards: [localAgain(mesh, "12 locality-aware, simple-backend-dr.yaml")],
  };
}

/** Its pods are new ones, before and after, so that none of them is still ejected for what another did. */
function failover(mesh: Mesh): Scenario {
  const { first, clusters } = mesh;
  const deployment = `deployment/simple-backend-${first.name}`;
  const setEnvironment = (setting: string): CheckCommand =>
    inCluster(
      first.name,
      `kubectl --namespace istioinaction set env ${deployment} ${setting}\nkubectl --namespace istioinaction rollout status ${deployment} --timeout 100s`,
    );
  return {
    name: "failover",
    shows: `every call fails in ${first.name}, as with the notes' ERROR_RATE`,
    change: setEnvironment("ERROR_RATE=1"),
    checks: [
      {
        name: "another-cluster-answers",
        shows: "callers notice nothing: another cluster answers in its place",
        source: "12 locality-aware, ERROR_RATE",
        command: here(countAnswers(mesh, 10)),
        expect: answeredBy(
          clusters.filter((one) => one !== first),
          10,
        ),
        deadlineSeconds: 60,
      },
      {
        name: `${first.name}-is-ejected`,
        shows: `the gateway has taken the endpoint in ${first.name} out, and keeps the others`,
        source: "12 locality-aware, OUTLIER CHECK FAILED",
        command: inCluster(first.name, outlierChecks(mesh)),
        expect: ejectedFirst(mesh),
        deadlineSeconds: 30,
      },
    ],
    restore: setEnvironment("ERROR_RATE-"),
    afterwards: [localAgain(mesh, "12 locality-aware, ERROR_RATE")],
  };
}

/** A policy that lets only one service account call an application. */
function onlyFrom(application: string, principal: string): string {
  return `apiVersion: security.istio.io/v1beta1
kind: AuthorizationPolicy
metadata:
  name: istio-lab-verify
  namespace: istioinaction
  labels:
    ${VERIFY_LABEL}: "true"
spec:
  selector:
    matchLabels:
      app: ${application}
  rules:
    - from:
        - source:
            principals: ["cluster.local/ns/${principal}"]
`;
}

const REMOVE_POLICIES = `--namespace istioinaction delete authorizationpolicies.security.istio.io --selector ${VERIFY_LABEL} --ignore-not-found`;

/** The server's own authorization is the proof of who calls: a peer certificate that did not come through would carry no name. */
function peerIdentities({ first, second, webapp }: Mesh): Scenario {
  const netshoot = inCluster(first.name, asNetshoot("http://catalog.istioinaction/items"));
  const source = "12 AuthorizationPolicy";
  return {
    name: "peer-identities",
    shows: `catalog in ${second.name} knows its callers in ${first.name} by their certificates, whatever gateways lie between`,
    change: inCluster(second.name, applyManifest(onlyFrom("catalog", "istioinaction/sa/webapp"))),
    checks: [
      {
        name: "others-are-forbidden",
        shows: `netshoot in ${first.name}, which is somebody else, is refused while only webapp is let in`,
        source,
        command: netshoot,
        expect: FORBIDDEN,
        deadlineSeconds: 20,
      },
      {
        name: "webapp-is-let-in",
        shows: "webapp is let in: its peer certificate is spiffe://cluster.local/ns/istioinaction/sa/webapp",
        source,
        command: statusOf(webapp),
        expect: OK,
        deadlineSeconds: 20,
      },
    ],
    restore: inCluster(second.name, `kubectl ${REMOVE_POLICIES}`),
    afterwards: [
      {
        name: "everybody-again",
        shows: "netshoot is let in again",
        source,
        command: netshoot,
        expect: OK,
        deadlineSeconds: 20,
      },
    ],
  };
}

/** Afterwards the lab's own policy, where it was asked for, still stands. */
function onlyTheIngressGateway({ clusters, first, backend }: Mesh): Scenario {
  const policy = onlyFrom("simple-backend", "istio-system/sa/istio-ingressgateway-service-account");
  const call = asNetshoot("http://simple-backend.istioinaction/");
  const standing = "kubectl --namespace istioinaction get authorizationpolicy allow-only-ingress --ignore-not-found";
  const source = "12 allow-only-ingress-policy.yaml";
  return {
    name: "only-the-ingress-gateway",
    shows: "a policy in every cluster lets only the ingress gateway call simple-backend",
    change: here(clusters.map(({ context }) => applyManifest(policy, context)).join("\n")),
    checks: [
      {
        name: "netshoot-is-forbidden",
        shows: "a member of the mesh that is not the ingress gateway is refused",
        source,
        command: inCluster(first.name, call),
        expect: FORBIDDEN,
        deadlineSeconds: 20,
      },
      {
        name: "gateway-is-let-in",
        shows: "the call that comes through the ingress gateway is served",
        source,
        command: statusOf(backend),
        expect: OK,
        deadlineSeconds: 20,
      },
    ],
    restore: here(clusters.map(({ context }) => `kubectl --context ${context} ${REMOVE_POLICIES}`).join("\n")),
    afterwards: [
      {
        name: "netshoot-as-before",
        shows: "netshoot is served again, save where the lab was built with allowOnlyIngress",
        source,
        command: inCluster(first.name, `echo "$(${standing} --output name) $(${call})"`),
        expect: { stdout: /^( 200|\S+\/allow-only-ingress 403)$/ },
        deadlineSeconds: 20,
      },
    ],
  };
}
