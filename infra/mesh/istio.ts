import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { Cluster } from "../cluster/cluster";
import { INGRESS_GATEWAY, type IngressService, type IstioOperator } from "../core/istio-operator";
import { DEFINITION, type MadeObject } from "../core/made";
import { childOptions } from "../exec/child-options";
import type { Site } from "../core/site";
import { LocalRunner } from "../exec/runner";

/** What decides one installation by istioctl. */
export interface IstioInstallationArgs {
  readonly site: Site;
  readonly cluster: Cluster;
  /** The manifest: the control plane's, or a gateway's beside it. */
  readonly operator: pulumi.Input<IstioOperator>;
  /** Deployments in istio-system that it makes, each with a Service of its name. */
  readonly deployments: readonly string[];
  /** The node ports of its ingress gateway. Default: it has no ingress gateway. */
  readonly nodePorts?: IngressService["nodePorts"];
}

/**
 * What one IstioOperator manifest describes, owned by istioctl: istiod writes into its own objects, so Pulumi does not.
 * Ready when it exists. Child: `<name>-install`.
 */
export class IstioInstallation extends pulumi.ComponentResource {
  public constructor(name: string, args: IstioInstallationArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:mesh:IstioInstallation", name, {}, options);
    const version = args.site.toolchain.versions["istio"] ?? "";
    new LocalRunner().step(
      `${name}-install`,
      {
        create: "istio-install.sh",
        environment: { KUBECONFIG: args.cluster.kubeconfigFile },
        rerunOn: [version],
        stdin: pulumi.output(args.operator).apply((operator) => stringify(operator)),
        makes: { kind: "objects", objects: objectsOf(args) },
        identity: [args.cluster.identity],
      },
      { ...childOptions(this, options), deletedWith: args.cluster.anchor, customTimeouts: { create: "6m" } },
    );
    this.registerOutputs({});
  }
}

/** Without its webhooks istiod runs, and no new pod gets a sidecar. Those of the tag `default` are the ones that are asked. */
const WEBHOOKS: readonly MadeObject[] = [
  { kind: "MutatingWebhookConfiguration", name: "istio-revision-tag-default" },
  { kind: "MutatingWebhookConfiguration", name: "istio-sidecar-injector" },
  { kind: "ValidatingWebhookConfiguration", name: "istio-validator-istio-system" },
  { kind: "ValidatingWebhookConfiguration", name: "istiod-default-validator" },
].map((webhook) => ({ apiVersion: "admissionregistration.k8s.io/v1", ...webhook }));

/** Istio's own kinds, as every version of it that a lab uses has them: without one the API server knows no object of that kind. */
const DEFINITIONS: readonly MadeObject[] = [
  "authorizationpolicies.security.istio.io",
  "destinationrules.networking.istio.io",
  "envoyfilters.networking.istio.io",
  "gateways.networking.istio.io",
  "peerauthentications.security.istio.io",
  "proxyconfigs.networking.istio.io",
  "requestauthentications.security.istio.io",
  "serviceentries.networking.istio.io",
  "sidecars.networking.istio.io",
  "telemetries.telemetry.istio.io",
  "virtualservices.networking.istio.io",
  "wasmplugins.extensions.istio.io",
  "workloadentries.networking.istio.io",
  "workloadgroups.networking.istio.io",
].map((name) => ({ ...DEFINITION, name }));

/** What one can look for to know that all of it is still there. */
function objectsOf({ deployments, nodePorts }: IstioInstallationArgs): readonly MadeObject[] {
  const inSystem = (name: string) => [
    { apiVersion: "apps/v1", kind: "Deployment", namespace: "istio-system", name },
    {
      ...{ apiVersion: "v1", kind: "Service", namespace: "istio-system", name },
      ...(nodePorts && name === INGRESS_GATEWAY ? { nodePorts: Object.values(nodePorts) } : {}),
    },
  ];
  return [...deployments.flatMap(inSystem), ...(deployments.includes("istiod") ? [...WEBHOOKS, ...DEFINITIONS] : [])];
}
