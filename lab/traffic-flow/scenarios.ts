import type { Check, Scenario } from "../../infra/core/check";
import {
  createManifest,
  here,
  ISTIO_KINDS,
  noneOfTheUsers,
  OK,
  removeVerifyObjects,
  VERIFY_LABEL,
} from "../shared/check-commands";
import { plainCall, POLICY_NAMESPACES, statusFromClient, type Place } from "./check-commands";
import { NGINX } from "./study-notes";

/** The study notes' observations that need a change of the lab, which each scenario takes back. */
export function scenarios(place: Place): Scenario[] {
  return [plainPort(place)];
}

/** STRICT for the namespace, in which nobody else has a policy, and the study notes' exception for port 80 of `nginx-pod`: the other nginx shows what the exception is worth. */
const POLICIES = `apiVersion: security.istio.io/v1beta1
kind: PeerAuthentication
metadata:
  name: istio-lab-verify
  namespace: default
  labels:
    ${VERIFY_LABEL}: "true"
spec:
  mtls:
    mode: STRICT
---
apiVersion: security.istio.io/v1beta1
kind: PeerAuthentication
metadata:
  name: istio-lab-verify-port
  namespace: default
  labels:
    ${VERIFY_LABEL}: "true"
spec:
  selector:
    matchLabels:
      app: ${NGINX.podApp}
  portLevelMtls:
    80:
      mode: DISABLE
`;

function plainPort(place: Place): Scenario {
  const source = "Istio traffic flow in detail 1";
  const call = (name: string, shows: string, app: string, expect: Check["expect"]): Check => ({
    ...{ name, shows, source, command: here(plainCall(place, app)), expect, deadlineSeconds: 30 },
  });
  const refused = { exitCode: "not zero", stdout: /^000$/ } as const;
  return {
    name: "plain-port",
    shows: "if mutual TLS is required, portLevelMtls DISABLE lets plain requests in on one port",
    precondition: noneOfTheUsers(ISTIO_KINDS.peerAuthentication, POLICY_NAMESPACES),
    change: here(createManifest(POLICIES)),
    checks: [
      call("refused-without", "without the exception a plain request is refused", NGINX.deployment, refused),
      call("served-with", "with it a plain request is served", NGINX.podApp, OK),
      {
        name: "mesh-still-served",
        shows: "the ingress gateway, a member of the mesh, still gets its answer",
        source,
        command: statusFromClient(place.domain, "/"),
        expect: OK,
        deadlineSeconds: 20,
      },
    ],
    restore: here(removeVerifyObjects(ISTIO_KINDS.peerAuthentication, "default")),
    afterwards: [call("served-again", "the plain request is served again", NGINX.deployment, OK)],
  };
}
