import { ISTIO_HUB } from "../../core/istio-operator";
import { goModuleSteps, goProgramStep, type GoModuleBuild } from "./go-build";
import { kubernetesProviderStubs, pulumiStubs } from "./pulumi-stubs";
import type { Step } from "../step";
import { istioModule, kubernetesProviderModule, registryVersions as versions } from "./versions";

const kubernetesPrograms = [
  "kubeadm",
  "kubelet",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "kubectl",
] as const;

const istioPrograms = ["istioctl/cmd/istioctl", "pilot/cmd/pilot-discovery", "pilot/cmd/pilot-agent"] as const;

const [kubernetesMajor = "", kubernetesMinor = ""] = versions.kubernetes.split(".");

/** The versions of modules that Kubernetes' programs are compiled with, so that what both use is compiled once. */
const likeKubernetes: GoModuleBuild["like"] = { build: "kubernetes", except: ["k8s.io/kubernetes"] };

const pulumiPackage = "github.com/pulumi/pulumi/pkg/v3";

/** The builds of published modules, in the order in which they take their turns. */
const builds: readonly GoModuleBuild[] = [
  {
    name: "kind",
    title: `kind ${versions.kind} from Go modules`,
    module: { path: "sigs.k8s.io/kind", version: `v${versions.kind}` },
    packages: ["sigs.k8s.io/kind"],
  },
  {
    name: "pulumi",
    title: `Pulumi ${versions.pulumi} from Go modules`,
    module: { path: pulumiPackage, version: `v${versions.pulumi}` },
    packages: [`${pulumiPackage}/cmd/pulumi`],
    patched: pulumiStubs,
    values: {
      "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${versions.pulumi}`,
      [`${pulumiPackage}/version.Version`]: `v${versions.pulumi}`,
    },
  },
  // Upstream replaces `k8s.io/api` and its like by folders of its own repository; their published versions are the same files,
  // numbered v0 for v1.
  {
    name: "kubernetes",
    title: `Kubernetes ${versions.kubernetes} from Go modules`,
    module: { path: "k8s.io/kubernetes", version: `v${versions.kubernetes}` },
    stagingVersion: `v${versions.kubernetesStaging}`,
    packages: kubernetesPrograms.map((program) => `k8s.io/kubernetes/cmd/${program}`),
    values: {
      "k8s.io/component-base/version.gitVersion": `v${versions.kubernetes}`,
      "k8s.io/component-base/version.gitMajor": kubernetesMajor,
      "k8s.io/component-base/version.gitMinor": kubernetesMinor,
      "k8s.io/component-base/version.gitTreeState": "clean",
    },
  },
  {
    name: "etcd",
    title: `etcd ${versions.etcd} from Go modules`,
    module: { path: "go.etcd.io/etcd/server/v3", version: `v${versions.etcd}` },
    packages: ["go.etcd.io/etcd/server/v3"],
    output: "etcd",
  },
  // Most of it is Kubernetes' client, which Istio compiles, too: in the same versions, 17 s of processor time instead of 121 s
  // (2026-11-24).
  {
    name: "coredns",
    title: `CoreDNS ${versions.coredns} from Go modules`,
    module: { path: "github.com/coredns/coredns", version: `v${versions.coredns}` },
    packages: [],
    program: "coredns",
    like: {
      build: "istio",
      // What CoreDNS serves and listens with keeps its newer versions.
      except: [
        istioModule.path,
        "github.com/miekg/dns",
        "github.com/quic-go/quic-go",
        "github.com/pires/go-proxyproto",
      ],
    },
  },
  // Like Kubernetes: 26 s of processor time, where both processors were busy for 75 s (2026-11-24).
  {
    name: "metallb",
    title: `MetalLB ${versions.metallb} from Go modules`,
    module: { path: "go.universe.tf/metallb", version: `v${versions.metallb}` },
    packages: ["go.universe.tf/metallb/controller", "go.universe.tf/metallb/speaker"],
    like: likeKubernetes,
    // The releases that compile with that client.
    raised: [
      { path: "sigs.k8s.io/controller-runtime", version: "v0.22.5" },
      { path: "github.com/open-policy-agent/cert-controller", version: "v0.13.0" },
    ],
  },
  // What the study notes look at containers with on a node.
  {
    name: "crictl",
    title: `crictl ${versions.crictl} from Go modules`,
    module: { path: "sigs.k8s.io/cri-tools", version: `v${versions.crictl}` },
    packages: ["sigs.k8s.io/cri-tools/cmd/crictl"],
    like: likeKubernetes,
    values: { "sigs.k8s.io/cri-tools/pkg/version.Version": `v${versions.crictl}` },
  },
  {
    name: "pulumi-resource-kubernetes",
    title: "Pulumi's Kubernetes provider from Go modules",
    module: kubernetesProviderModule,
    packages: [`${kubernetesProviderModule.path}/cmd/pulumi-resource-kubernetes`],
    like: likeKubernetes,
    patched: kubernetesProviderStubs,
    // The engine warns of a plugin that says it is older than what the program asks for.
    values: { [`${kubernetesProviderModule.path}/pkg/version.Version`]: versions.pulumiKubernetes },
  },
  {
    name: "istio",
    title: `Istio ${versions.istio} from Go modules`,
    module: istioModule,
    raised: istioModule.raised,
    packages: istioPrograms.map((program) => `${istioModule.path}/${program}`),
    values: {
      "istio.io/istio/pkg/version.buildVersion": versions.istio,
      "istio.io/istio/pkg/version.buildTag": versions.istio,
      "istio.io/istio/pkg/version.buildHub": ISTIO_HUB,
    },
  },
];

/** The steps that compile Go programs. */
export function goSteps(): Step[] {
  return [
    goProgramStep("runc-shim", "runc shim"),
    goProgramStep("pause", "pause"),
    goProgramStep("sample-apps", "sample apps"),
    ...builds.flatMap(goModuleSteps),
  ];
}
