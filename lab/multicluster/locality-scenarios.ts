import type { Check, Scenario } from "../../infra/core/check";
import {
  allOf,
  createManifest,
  here,
  inCluster,
  ISTIO_KINDS,
  noneOfTheUsers,
  removeVerifyObjects,
  ROOT_NAMESPACE,
  VERIFY_LABEL,
} from "../shared/check-commands";
import {
  answeredBy,
  countAnswers,
  countLocalAnswers,
  ejectedFirst,
  keptLocal,
  outlierChecks,
  type Mesh,
} from "./check-commands";
import { failingFirst, makeFail, noErrorRates } from "./error-rate";

function localAgain(mesh: Mesh, source: string): Check {
  return {
    name: `calls-stay-in-${mesh.first.name}-again`,
    shows: `${mesh.first.name} answers its own calls again`,
    source,
    command: countLocalAnswers(mesh),
    expect: keptLocal(mesh),
    obstacle: failingFirst(mesh),
    deadlineSeconds: 90,
  };
}

/**
 * The gateway goes without outlier detection for a while. It takes a rule of its own namespace for itself before the service's, so that
 * Pulumi's own rule stays as it is.
 */
export function withoutLocality(mesh: Mesh): Scenario {
  const { first, clusters } = mesh;
  const change = createManifest(`apiVersion: networking.istio.io/v1beta1
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
  const remove = removeVerifyObjects(ISTIO_KINDS.destinationRule, ROOT_NAMESPACE);
  return {
    name: "without-locality",
    shows: "without outlier detection Istio ignores where a caller is",
    precondition: allOf(
      noneOfTheUsers(ISTIO_KINDS.destinationRule, [ROOT_NAMESPACE], [first.context]),
      noErrorRates(mesh, "calls fail because of it"),
    ),
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

/** The first cluster's backend fails for a while. Its pods are new ones, before and after, so that none of them is still ejected for what another did. */
export function failover(mesh: Mesh): Scenario {
  const { first, clusters } = mesh;
  return {
    name: "failover",
    shows: `every call fails in ${first.name}, as with the study notes' ERROR_RATE`,
    precondition: noErrorRates(mesh, "the scenario sets one, and removes it"),
    change: makeFail(first, true),
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
    restore: makeFail(first, false),
    afterwards: [localAgain(mesh, "12 locality-aware, ERROR_RATE")],
  };
}
