/** Who a cluster is in the mesh. */
export interface MeshIdentity {
  /** e.g. `usmesh`. */
  readonly meshId: string;
  /** Istio's name of the cluster, e.g. `west-cluster`. */
  readonly clusterName: string;
  /** e.g. `west-network`. */
  readonly network: string;
}

/** How clients outside the cluster reach the ingress gateway. */
export interface IngressService {
  /** Node port by service port, e.g. `{80: 30000, 443: 30005}`. */
  readonly nodePorts: Readonly<Record<80 | 443, number>>;
  /** IPv4 address that the load balancer is to give it. Default: it is of type NodePort. */
  readonly loadBalancerAddress?: string;
}

/** What decides a control plane. */
export interface ControlPlaneOperatorArgs {
  readonly identity: MeshIdentity;
  /** Envoy is upstream's, without Istio's own filters. */
  readonly upstreamEnvoy: boolean;
  /** Proxies tell the add-on `tracing` of every request. Default false. */
  readonly hasTracing?: boolean;
  readonly ingress: IngressService;
  /** VMs are to join: they register themselves, their health is watched, and every proxy answers DNS. Study notes 13.3. */
  readonly admitsVms: boolean;
}

/** An IstioOperator manifest, as `istioctl install -f` takes it. */
export interface IstioOperator {
  readonly apiVersion: "install.istio.io/v1alpha1";
  readonly kind: "IstioOperator";
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Name of the ingress gateway, which Istio's profiles have, too. */
export const INGRESS_GATEWAY = "istio-ingressgateway";

/** Deployments in istio-system that a control plane brings, and those of an east-west gateway. */
export const CONTROL_PLANE_DEPLOYMENTS = ["istiod", INGRESS_GATEWAY] as const;
export const EAST_WEST_DEPLOYMENTS = ["istio-eastwestgateway"] as const;

/** The registry that Istio's images are named after. It is said in each manifest: releases have had more than one. */
export const ISTIO_HUB = "docker.io/istio";

function istioOperator(name: string, spec: Record<string, unknown>): IstioOperator {
  return {
    apiVersion: "install.istio.io/v1alpha1",
    kind: "IstioOperator",
    metadata: { name, namespace: "istio-system" },
    spec: { hub: ISTIO_HUB, ...spec },
  };
}

function globalValues({ meshId, clusterName, network }: MeshIdentity): Record<string, unknown> {
  return { meshID: meshId, multiCluster: { clusterName }, network };
}

/** Upstream's Envoy has neither Istio's stats and metadata-exchange filters nor its ALPN filter: istiod must not send them. */
const UPSTREAM_ENVOY = {
  meshConfig: { defaultProviders: { metrics: [] } },
  pilotEnv: { PILOT_ENABLE_ALPN_FILTER: "false", PILOT_ENABLE_METADATA_EXCHANGE: "false" },
  values: { telemetry: { enabled: false } },
};

const NOTHING_SPECIAL = { meshConfig: {}, pilotEnv: {}, values: {} };

/** Where the samples' collectors of spans listen, whichever it is. */
export const SPAN_COLLECTOR = "zipkin.istio-system:9411";

/** So says the demo profile of the study notes' Istio; newer ones and the default profile send no spans. */
const TRACING = { tracing: { sampling: 100, zipkin: { address: SPAN_COLLECTOR } } };

const VM_FEATURES = {
  defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: "true" } },
  pilotEnv: {
    PILOT_ENABLE_WORKLOAD_ENTRY_AUTOREGISTRATION: "true",
    PILOT_ENABLE_WORKLOAD_ENTRY_HEALTHCHECKS: "true",
  },
};

/**
 * A control plane with its ingress gateway: the study notes' manifests and patches of a cluster in one.
 * @see study notes 12 (cluster-west.yaml, cluster-east.yaml), 13.2.1 (cluster-in-west-network.yaml, NodePort patches) and 13.3
 *   (cluster-in-west-network-with-vm-features.yaml)
 */
export function controlPlaneOperator(args: ControlPlaneOperatorArgs): IstioOperator {
  const upstream = args.upstreamEnvoy ? UPSTREAM_ENVOY : NOTHING_SPECIAL;
  const forVms = args.admitsVms ? VM_FEATURES : { defaultConfig: {}, pilotEnv: {} };
  const defaultConfig = { ...forVms.defaultConfig, ...(args.hasTracing === true ? TRACING : {}) };
  return istioOperator("istio-controlplane", {
    profile: "demo",
    components: {
      egressGateways: [{ name: "istio-egressgateway", enabled: false }],
      ingressGateways: [{ name: INGRESS_GATEWAY, enabled: true, k8s: ingressSettings(args.ingress) }],
    },
    meshConfig: { ...upstream.meshConfig, ...(Object.keys(defaultConfig).length > 0 ? { defaultConfig } : {}) },
    values: {
      ...upstream.values,
      pilot: { env: { ...upstream.pilotEnv, ...forVms.pilotEnv } },
      global: { ...globalValues(args.identity), proxy: { privileged: true } },
    },
  });
}

/** What decides a control plane of Istio's `default` profile. */
export type DefaultProfileOperatorArgs = Pick<ControlPlaneOperatorArgs, "upstreamEnvoy" | "hasTracing" | "ingress">;

/** The profile asks for 2.4 processors if every pod of the lab has a sidecar; the demo profile's requests do on two. */
const SMALL_REQUESTS = { requests: { cpu: "10m", memory: "40Mi" } };

/**
 * Istio's `default` profile with the study notes' patches of its gateway, and the access log that the study notes read, which only the demo profile
 * turns on.
 * @see study notes Istio Traffic Flow 2 (istioctl install --set profile=default, NodePort and externalTrafficPolicy patches)
 */
export function defaultProfileOperator(args: DefaultProfileOperatorArgs): IstioOperator {
  const { upstreamEnvoy, hasTracing, ingress } = args;
  const upstream = upstreamEnvoy ? UPSTREAM_ENVOY : NOTHING_SPECIAL;
  const tracing = hasTracing === true ? { defaultConfig: TRACING } : {};
  const k8s = { ...ingressSettings(ingress), resources: SMALL_REQUESTS };
  return istioOperator("istio-controlplane", {
    profile: "default",
    components: { ingressGateways: [{ name: INGRESS_GATEWAY, enabled: true, k8s }] },
    meshConfig: { ...upstream.meshConfig, ...tracing, accessLogFile: "/dev/stdout" },
    values: {
      ...upstream.values,
      pilot: { env: upstream.pilotEnv, resources: SMALL_REQUESTS },
      global: { proxy: { resources: SMALL_REQUESTS } },
    },
  });
}

/** The annotation by which MetalLB gives the address that is asked for. */
const addressAnnotation = (address: string) => ({ "metallb.universe.tf/loadBalancerIPs": address });

/** `Local` keeps the client's address, which the study notes look at. */
function ingressSettings({ nodePorts, loadBalancerAddress }: IngressService): Record<string, unknown> {
  const service = {
    type: loadBalancerAddress === undefined ? "NodePort" : "LoadBalancer",
    externalTrafficPolicy: "Local",
    ports: [
      { name: "status-port", port: 15021, targetPort: 15021 },
      { name: "http2", port: 80, targetPort: 8080, nodePort: nodePorts[80] },
      { name: "https", port: 443, targetPort: 8443, nodePort: nodePorts[443] },
    ],
  };
  return loadBalancerAddress === undefined
    ? { service }
    : { serviceAnnotations: addressAnnotation(loadBalancerAddress), service };
}

/** What decides an east-west gateway. */
export interface EastWestOperatorArgs {
  readonly identity: MeshIdentity;
  /**
   * The IPv4 address that MetalLB is to give it: known before it is given, so that nobody need wait for it. Default: the load balancer has but one
   * to give, the node's.
   */
  readonly address?: string;
}

/**
 * The east-west gateway, a release of its own beside the control plane.
 * @see study notes 12 (cluster-east-eastwest-gateway.yaml) and 13.3.1 Step1 (cluster-east-west-gw.yaml)
 */
export function eastWestOperator({ identity, address }: EastWestOperatorArgs): IstioOperator {
  const ports = { "status-port": 15021, mtls: 15443, "tcp-istiod": 15012, "tcp-webhook": 15017 };
  return istioOperator("istio-eastwestgateway", {
    profile: "empty",
    components: {
      ingressGateways: [
        {
          name: "istio-eastwestgateway",
          label: {
            istio: "eastwestgateway",
            app: "istio-eastwestgateway",
            "topology.istio.io/network": identity.network,
          },
          enabled: true,
          k8s: {
            ...(address === undefined ? {} : { serviceAnnotations: addressAnnotation(address) }),
            env: [
              { name: "ISTIO_META_ROUTER_MODE", value: "sni-dnat" },
              { name: "ISTIO_META_REQUESTED_NETWORK_VIEW", value: identity.network },
            ],
            service: {
              ports: Object.entries(ports).map(([name, port]) => ({ name, port, targetPort: port })),
            },
          },
        },
      ],
    },
    values: { global: globalValues(identity) },
  });
}
