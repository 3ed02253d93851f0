import { ISTIO_HUB } from "../../core/istio-operator";
import { goModuleSteps, goProgramStep } from "./go-build";
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

/**
 * Kubernetes and what its node runs. Upstream replaces `k8s.io/api` and its like by folders of its own repository; their
 * published versions are the same files, numbered v0 for v1.
 */
function kubernetesSteps(): readonly Step[] {
  const version = `v${versions.kubernetes}`;
  const [major, minor] = versions.kubernetes.split(".");
  const values = (stamp: string): Record<string, string> => ({
    [`${stamp}.gitVersion`]: version,
    [`${stamp}.gitMajor`]: major ?? "",
    [`${stamp}.gitMinor`]: minor ?? "",
    [`${stamp}.gitTreeState`]: "clean",
  });
  return goModuleSteps({
    name: "kubernetes",
    title: `Kubernetes ${versions.kubernetes} from Go modules`,
    module: { path: "k8s.io/kubernetes", version },
    stagingVersion: `v${versions.kubernetesStaging}`,
    packages: kubernetesPrograms.map((program) => `k8s.io/kubernetes/cmd/${program}`),
    values: values("k8s.io/component-base/version"),
  });
}

function istioSteps(): readonly Step[] {
  const stamp = "istio.io/istio/pkg/version";
  return goModuleSteps({
    name: "istio",
    title: `Istio ${versions.istio} from Go modules`,
    module: istioModule,
    raised: istioModule.raised,
    packages: ["istioctl/cmd/istioctl", "pilot/cmd/pilot-discovery", "pilot/cmd/pilot-agent"].map(
      (program) => `istio.io/istio/${program}`,
    ),
    values: {
      [`${stamp}.buildVersion`]: versions.istio,
      [`${stamp}.buildTag`]: versions.istio,
      [`${stamp}.buildHub`]: ISTIO_HUB,
    },
  });
}

function pulumiSteps(): readonly Step[] {
  const version = `v${versions.pulumi}`;
  return goModuleSteps({
    name: "pulumi",
    title: `Pulumi ${versions.pulumi} from Go modules`,
    module: { path: "github.com/pulumi/pulumi/pkg/v3", version },
    packages: ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
    patched: pulumiStubs,
    values: {
      "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": version,
      "github.com/pulumi/pulumi/pkg/v3/version.Version": version,
    },
  });
}

/**
 * Most of CoreDNS is Kubernetes' client, which Istio compiles, too: in the same versions, 17 s of processor time instead of
 * 121 s (2026-11-24).
 */
function corednsSteps(): readonly Step[] {
  return goModuleSteps({
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
  });
}

/**
 * MetalLB with the client of the very version that the cluster runs, which Kubernetes' programs are compiled with, too: 26 s of
 * processor time, where both processors were busy for 75 s (2026-11-24).
 */
function metallbSteps(): readonly Step[] {
  return goModuleSteps({
    name: "metallb",
    title: `MetalLB ${versions.metallb} from Go modules`,
    module: { path: "go.universe.tf/metallb", version: `v${versions.metallb}` },
    packages: ["go.universe.tf/metallb/controller", "go.universe.tf/metallb/speaker"],
    like: { build: "kubernetes", except: ["k8s.io/kubernetes"] },
    // The releases that compile with that client.
    raised: [
      { path: "sigs.k8s.io/controller-runtime", version: "v0.22.5" },
      { path: "github.com/open-policy-agent/cert-controller", version: "v0.13.0" },
    ],
  });
}

/** What the notes look at containers with on a node; compiled with the client that Kubernetes' programs are compiled with, too. */
function crictlSteps(): readonly Step[] {
  const version = `v${versions.crictl}`;
  return goModuleSteps({
    name: "crictl",
    title: `crictl ${versions.crictl} from Go modules`,
    module: { path: "sigs.k8s.io/cri-tools", version },
    packages: ["sigs.k8s.io/cri-tools/cmd/crictl"],
    like: { build: "kubernetes", except: ["k8s.io/kubernetes"] },
    values: { "sigs.k8s.io/cri-tools/pkg/version.Version": version },
  });
}

/**
 * Pulumi's Kubernetes provider, compiled with the client that Kubernetes' programs are compiled with, too.
 * @see kubernetesProviderStubs
 */
function kubernetesProviderSteps(): readonly Step[] {
  const { path } = kubernetesProviderModule;
  return goModuleSteps({
    name: "pulumi-resource-kubernetes",
    title: "Pulumi's Kubernetes provider from Go modules",
    module: kubernetesProviderModule,
    packages: [`${path}/cmd/pulumi-resource-kubernetes`],
    like: { build: "kubernetes", except: ["k8s.io/kubernetes"] },
    patched: kubernetesProviderStubs,
    // The engine warns of a plugin that says it is older than what the program asks for.
    values: { [`${path}/pkg/version.Version`]: versions.pulumiKubernetes },
  });
}

/** The steps that compile Go programs, the longest first: what they make is needed last. */
export function goSteps(): Step[] {
  return [
    goProgramStep("runc-shim", "runc shim"),
    goProgramStep("pause", "pause"),
    goProgramStep("sample-apps", "sample apps"),
    ...goModuleSteps({
      name: "kind",
      title: `kind ${versions.kind} from Go modules`,
      module: { path: "sigs.k8s.io/kind", version: `v${versions.kind}` },
      packages: ["sigs.k8s.io/kind"],
    }),
    ...pulumiSteps(),
    ...kubernetesSteps(),
    ...goModuleSteps({
      name: "etcd",
      title: `etcd ${versions.etcd} from Go modules`,
      module: { path: "go.etcd.io/etcd/server/v3", version: `v${versions.etcd}` },
      packages: ["go.etcd.io/etcd/server/v3"],
      output: "etcd",
    }),
    ...corednsSteps(),
    ...metallbSteps(),
    ...crictlSteps(),
    ...kubernetesProviderSteps(),
    ...istioSteps(),
  ];
}
