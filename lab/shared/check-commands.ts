import { join } from "node:path";
import type { CheckCommand, Expectation, Precondition } from "../../infra/core/check";
import { PULUMI_MANAGER } from "../../infra/core/made";
import { scriptLine } from "./script-line";

/** Folder of the scripts that labs share. */
const SCRIPTS = join(__dirname, "scripts");

/** A command on this machine, with the lab's tools and the kubeconfigs of all its clusters. */
export function here(run: string): CheckCommand {
  return { on: "workstation", run };
}

/** A command on this machine, with the kubeconfig of one cluster. */
export function inCluster(cluster: string, run: string): CheckCommand {
  return { on: "cluster", cluster, run };
}

/** A command on a host, as its login user. */
export function on(host: string, run: string): CheckCommand {
  return { on: "host", host, run };
}

/** Prints the status of an HTTP request, 000 if there was no answer. */
export const STATUS = "curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}'";

/** What such a command answers if all is well. */
export const OK: Expectation = { exitCode: "any", stdout: /^200$/ };

/** What such a command answers if a policy refuses the caller. */
export const FORBIDDEN: Expectation = { exitCode: "any", stdout: /^403$/ };

/** What a check puts into a cluster carries this label, so that it takes away its own and nothing else. */
export const VERIFY_LABEL = "istio-lab.verify";

/** Lists istiod and the gateways as `name=ready replicas`, a line each. */
export const READY_REPLICAS = `kubectl --namespace istio-system get deployments --output jsonpath='{range .items[*]}{.metadata.name}={.status.readyReplicas}{"\\n"}{end}' | grep -E '^(istiod|istio-(ingress|eastwest)gateway)=' | sort`;

/** What it lists where each of them runs. */
export const ALL_READY: Expectation = { stdout: /^istio-eastwestgateway=1\nistio-ingressgateway=1\nistiod=1$/ };

/**
 * The command that creates the objects of a manifest, read from standard input. It fails if one is there already: that is somebody else's.
 * @param context of the cluster, for a command that knows several. Default: the kubeconfig's own
 */
export function createManifest(manifest: string, context?: string): string {
  return `kubectl${context === undefined ? "" : ` --context ${context}`} create --filename - <<'MANIFEST'\n${manifest}MANIFEST`;
}

/** Kinds of Istio's objects as kubectl takes them. */
export const ISTIO_KINDS = {
  authorizationPolicy: "authorizationpolicies.security.istio.io",
  destinationRule: "destinationrules.networking.istio.io",
  envoyFilter: "envoyfilters.networking.istio.io",
  peerAuthentication: "peerauthentications.security.istio.io",
  serviceEntry: "serviceentries.networking.istio.io",
  sidecar: "sidecars.networking.istio.io",
  virtualService: "virtualservices.networking.istio.io",
  workloadEntry: "workloadentries.networking.istio.io",
} as const;

/** The namespace whose policies hold in the whole mesh. */
export const ROOT_NAMESPACE = "istio-system";

/** Who makes objects for the lab, by the managers of their fields: Pulumi, and istiod, which registers VMs. */
const MAKERS = [PULUMI_MANAGER, "pilot-discovery"];

/**
 * Lists objects that neither the lab nor a check has made: the user's, which may be why a request is refused or goes elsewhere.
 * @param contexts of the clusters to look at. Default: the kubeconfig's own
 * @param kinds as kubectl takes them. Default: all of Istio's
 */
export function usersObjects(
  namespaces: readonly string[],
  contexts: readonly string[] = [],
  kinds: readonly string[] = Object.values(ISTIO_KINDS),
): CheckCommand {
  const where = { NAMESPACES: namespaces.join(" "), CONTEXTS: contexts.join(" ") };
  const values = { KINDS: kinds.join(","), ...where, LABEL: VERIFY_LABEL, MAKERS: MAKERS.join("|") };
  return here(scriptLine("users-objects.sh", values, SCRIPTS));
}

/**
 * Users may have put policies of their own beside the one that a scenario makes: of two that hold for the same workloads, Istio may take theirs.
 * @param kind as kubectl takes it
 * @param contexts of the clusters to look at. Default: the kubeconfig's own
 */
export function noneOfTheUsers(
  kind: string,
  namespaces: readonly string[],
  contexts?: readonly string[],
): Precondition {
  const [resource = ""] = kind.split(".");
  return {
    wanted: `no ${resource} in ${namespaces.join(" and ")} that the lab did not make`,
    inTheWay: usersObjects(namespaces, contexts, [kind]),
  };
}

/** Several preconditions, all of which must hold. Their commands must run on the workstation. */
export function allOf(...preconditions: readonly Precondition[]): Precondition {
  return {
    wanted: preconditions.map(({ wanted }) => wanted).join("; "),
    inTheWay: {
      ...here(preconditions.map(({ inTheWay }) => inTheWay.run).join("\n")),
      paste: preconditions.map(({ inTheWay: { run, paste } }) => paste ?? run).join("\n"),
    },
  };
}

/**
 * A policy of a check's own that lets only one service account call an application of the namespace istioinaction.
 * @param principal `NAMESPACE/sa/ACCOUNT`
 */
export function onlyFrom(application: string, principal: string): string {
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

/**
 * The command that takes such policies away again.
 * @param contexts of the clusters. Default: the kubeconfig's own
 */
export function removePolicies(contexts?: readonly string[]): string {
  return removeVerifyObjects(ISTIO_KINDS.authorizationPolicy, "istioinaction", contexts);
}

/**
 * The command that takes away what a check has put into clusters.
 * @param kind as kubectl takes it, e.g. `authorizationpolicies.security.istio.io`
 * @param contexts as above
 */
export function removeVerifyObjects(kind: string, namespace: string, contexts: readonly string[] = []): string {
  const values = { KIND: kind, NAMESPACE: namespace, LABEL: VERIFY_LABEL, CONTEXTS: contexts.join(" ") };
  return scriptLine("verify-objects-remove.sh", values, SCRIPTS);
}

/**
 * The command that restarts the pods of deployments of Istio's, and waits for them.
 * @param contexts as above
 */
export function restartIstio(deployments: readonly string[], contexts: readonly string[] = []): string {
  const values = { DEPLOYMENTS: deployments.join(" "), CONTEXTS: contexts.join(" ") };
  return scriptLine("istio-restart.sh", values, SCRIPTS);
}
