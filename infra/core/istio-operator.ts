/** Who a cluster is in the mesh. */
export interface MeshIdentity {
  /** e.g. `usmesh`. */
  readonly meshId: string;
  /** Istio's name of the cluster, e.g. `west-cluster`. */
  readonly clusterName: string;
  /** e.g. `west-network`. */
  readonly network: string;
}

/** What decides a control plane. */
export interface ControlPlaneOperatorArgs {
  readonly identity: MeshIdentity;
  /** Envoy is upstream's, without Istio's own filters. */
  readonly upstreamEnvoy: boolean;
  /** Node port by service port of the ingress gateway, e.g. `{80: 30000, 443: 30005}`. */
  readonly ingressNodePorts: Readonly<Record<80 | 443, number>>;
}

/** An IstioOperator manifest, as `istioctl install -f` takes it. */
export interface IstioOperator {
  readonly apiVersion: "install.istio.io/v1alpha1";
  readonly kind: "IstioOperator";
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

function istioOperator(name: string, spec: Record<string, unknown>): IstioOperator {
  return {
    apiVersion: "install.istio.io/v1alpha1",
    kind: "IstioOperator",
    metadata: { name, namespace: "istio-system" },
    spec,
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

/**
 * The control plane of the `vm` lab, with the features that VMs need: the notes' two manifests and patches in one.
 * @see notes 13.2.1 (cluster-in-west-network.yaml, NodePort patches) and 13.3 (cluster-in-west-network-with-vm-features.yaml)
 */
export function controlPlaneOperator(args: ControlPlaneOperatorArgs): IstioOperator {
  const upstream = args.upstreamEnvoy ? UPSTREAM_ENVOY : { meshConfig: {}, pilotEnv: {}, values: {} };
  return istioOperator("istio-controlplane", {
    profile: "demo",
    components: {
      egressGateways: [{ name: "istio-egressgateway", enabled: false }],
      ingressGateways: [
        { name: "istio-ingressgateway", enabled: true, k8s: { service: ingressService(args.ingressNodePorts) } },
      ],
    },
    meshConfig: { ...upstream.meshConfig, defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: "true" } } },
    values: {
      ...upstream.values,
      pilot: {
        env: {
          ...upstream.pilotEnv,
          PILOT_ENABLE_WORKLOAD_ENTRY_AUTOREGISTRATION: "true",
          PILOT_ENABLE_WORKLOAD_ENTRY_HEALTHCHECKS: "true",
        },
      },
      global: { ...globalValues(args.identity), proxy: { privileged: true } },
    },
  });
}

/** `Local` keeps the client's address, which the notes look at. */
function ingressService(nodePorts: Readonly<Record<80 | 443, number>>): Record<string, unknown> {
  return {
    type: "NodePort",
    externalTrafficPolicy: "Local",
    ports: [
      { name: "status-port", port: 15021, targetPort: 15021 },
      { name: "http2", port: 80, targetPort: 8080, nodePort: nodePorts[80] },
      { name: "https", port: 443, targetPort: 8443, nodePort: nodePorts[443] },
    ],
  };
}

/** What decides an east-west gateway. */
export interface EastWestOperatorArgs {
  readonly identity: MeshIdentity;
  /** The load balancer's IPv4 address: known before it is given, so that VMs need not wait for it. */
  readonly address: string;
}

/**
 * The east-west gateway, a release of its own beside the control plane.
 * @see notes 13.3.1 Step1 (cluster-east-west-gw.yaml)
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
            serviceAnnotations: { "metallb.universe.tf/loadBalancerIPs": address },
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
