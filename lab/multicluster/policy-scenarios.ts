import type { Precondition, Scenario } from "../../infra/core/check";
import {
  createManifest,
  FORBIDDEN,
  here,
  inCluster,
  ISTIO_KINDS,
  noneOfTheUsers,
  OK,
  onlyFrom,
  removePolicies,
} from "../shared/check-commands";
import { asNetshoot, contextsOf, POLICY_NAMESPACES, statusOf, type Mesh } from "./check-commands";

/** No AuthorizationPolicy of the user's, for the applications or the whole mesh. */
function noPolicies({ clusters }: Mesh): Precondition {
  return noneOfTheUsers(ISTIO_KINDS.authorizationPolicy, POLICY_NAMESPACES, contextsOf(clusters));
}

/**
 * catalog lets in webapp only, for a while. The server's own authorization is the proof of who calls: a peer certificate that did not come through would carry no name.
 */
export function peerIdentities(mesh: Mesh): Scenario {
  const { first, second, webapp } = mesh;
  const netshoot = inCluster(first.name, asNetshoot("http://catalog.istioinaction/items"));
  const source = "12 AuthorizationPolicy";
  return {
    name: "peer-identities",
    shows: `catalog in ${second.name} knows its callers in ${first.name} by their certificates, whatever gateways lie between`,
    precondition: noPolicies(mesh),
    change: inCluster(second.name, createManifest(onlyFrom("catalog", "istioinaction/sa/webapp"))),
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
    restore: inCluster(second.name, removePolicies()),
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

/** simple-backend lets in the ingress gateway only, for a while. Afterwards the lab's own policy, if it was asked for, still stands. */
export function onlyTheIngressGateway(mesh: Mesh): Scenario {
  const { clusters, first, backend } = mesh;
  const policy = onlyFrom("simple-backend", "istio-system/sa/istio-ingressgateway-service-account");
  const call = asNetshoot("http://simple-backend.istioinaction/");
  const standing = "kubectl --namespace istioinaction get authorizationpolicy allow-only-ingress --ignore-not-found";
  const source = "12 allow-only-ingress-policy.yaml";
  return {
    name: "only-the-ingress-gateway",
    shows: "a policy in every cluster lets only the ingress gateway call simple-backend",
    precondition: noPolicies(mesh),
    change: here(clusters.map(({ context }) => createManifest(policy, context)).join("\n")),
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
    restore: here(removePolicies(contextsOf(clusters))),
    afterwards: [
      {
        name: "netshoot-as-before",
        shows: "netshoot is served again, unless the lab was built with allowOnlyIngress",
        source,
        command: inCluster(first.name, `echo "$(${standing} --output name) $(${call})"`),
        expect: {
          stdout: /^( 200|\S+\/allow-only-ingress 403)$/,
          words: "200, or 403 if there is the AuthorizationPolicy allow-only-ingress",
        },
        deadlineSeconds: 20,
      },
    ],
  };
}
