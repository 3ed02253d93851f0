import { describe, expect, it } from "vitest";
import { MADE_VARIABLE } from "../../infra/core/made";
import type { StateResource } from "../../lab/cli/pulumi/checkpoint";
import { expectedOf } from "../../lab/cli/look/expected";
import { lookIntoClusters } from "../../lab/cli/look/clusters";
import { type LookScene } from "../../lab/cli/look/look";
import { describeMissing } from "../../lab/cli/look/missing";
import type { LabOutputs } from "../../lab/program/outputs";
import { clusterObjects } from "../support/cluster-objects";
import { FakeBin } from "../support/fake-bin";

const NAMES = ["gateways", "sidecars", "virtualservices", "workloadgroups"].map(
  (name) => `${name}.networking.istio.io`,
);
const KUBECONFIG = "/state/kubeconfig.yaml";
const clusters: LabOutputs["clusters"] = [{ name: "k3s-s", kubeconfigFile: KUBECONFIG, context: "c", gateways: [] }];
const step = (name: string, names: readonly string[]): StateResource => {
  const objects = names.map((one) => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    name: one,
  }));
  const makes = JSON.stringify({ kind: "objects", objects });
  return {
    urn: `urn:pulumi:x::y::z::${name}`,
    type: "command:local:Command",
    inputs: { environment: { KUBECONFIG, [MADE_VARIABLE]: makes } },
  };
};

/** A look at a cluster that has these definitions; `refuses` is bash that runs with the question for them. */
async function lookAt(names: readonly string[], steps: readonly StateResource[], refuses = "true") {
  const table = names.map((name) => `${name}   2026-11-26T18:08:18Z`).join("\n");
  const bin = new FakeBin({
    kubectl: `case "$*" in *--no-headers) ${refuses}; echo '${table}' ;; *) echo '${JSON.stringify(clusterObjects())}' ;; esac`,
  });
  const env = bin.environment;
  const outputs = { clusters, platform: "aws" } as unknown as LabOutputs;
  const scene = { session: { env }, outputs, expected: expectedOf(steps, clusters) } as unknown as LookScene;
  const { missing } = await lookIntoClusters(scene);
  const calls = bin.calls().map((call) => call.replace(/.* get /, "get "));
  return { missing, told: missing.map(describeMissing), calls: calls.sort() };
}

const INSTALLS = "(istio-install installs it; what it installs is then as the lab has it, without edits of yours)";

describe("the definitions of Istio's kinds", () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ["are all there", [...NAMES, "bgppeers.metallb.io"], []],
    ["are there but for one", NAMES.slice(1), [`CustomResourceDefinition gateways.networking.istio.io ${INSTALLS}`]],
    [
      "are gone, and told in one line",
      [],
      [
        `CustomResourceDefinition gateways.networking.istio.io, sidecars.networking.istio.io, virtualservices.networking.istio.io and 1 more ${INSTALLS}`,
      ],
    ],
  ])("%s", async (_, names, told) => {
    const found = await lookAt(names, [step("istio-install", NAMES)]);
    expect(found.told).toEqual(told);
    expect(new Set(found.missing.map(({ urn }) => urn))).toEqual(
      new Set(told.map(() => "urn:pulumi:x::y::z::istio-install")),
    );
  });

  it("are told by the step that installs them", async () => {
    const { told } = await lookAt([], [step("a", NAMES.slice(0, 1)), step("b", NAMES.slice(1, 2))]);
    expect(told.map((line) => line.replace(/ installs .*/, ""))).toEqual([
      "CustomResourceDefinition gateways.networking.istio.io (a",
      "CustomResourceDefinition sidecars.networking.istio.io (b",
    ]);
  });

  it("are asked for as a table, beside the objects: as objects they are 2 MB", async () => {
    const { calls } = await lookAt(NAMES, [step("istio-install", NAMES)]);
    expect(calls).toEqual([
      "get CustomResourceDefinition.v1.apiextensions.k8s.io --no-headers",
      "get Node.v1.,Deployment.v1.apps,DaemonSet.v1.apps --all-namespaces --output json --show-managed-fields",
    ]);
    expect((await lookAt([], [])).calls.length).toBe(1);
  });

  it("cannot be told if the cluster does not answer: kubectl's last words say why", async () => {
    const refuses = "echo first >&2; echo 'Unable to connect to the server: EOF' >&2; exit 1";
    await expect(lookAt(NAMES, [step("istio-install", NAMES)], refuses)).rejects.toThrow(
      /^kubectl: Unable to connect to the server: EOF$/,
    );
  });
});
