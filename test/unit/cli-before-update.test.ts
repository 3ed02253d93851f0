import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { checkpointFile } from "../../lab/cli/pulumi/backend";
import { lookBeforeUpdate, tellLeftEdits } from "../../lab/cli/look/before-update";
import type { Session } from "../../lab/cli/pulumi/session";
import { UserError } from "../../lab/cli/ui/user-error";
import type { LabOutputs } from "../../lab/program/outputs";
import { clusterObjects, deploymentObject, kubeProxyObject } from "../support/cluster-objects";
import { checkpoint, KUBECONFIG } from "../support/command-line";
import { FakeBin } from "../support/fake-bin";

vi.mock("../../infra/core/clock", async () => {
  const { TestClock } = await import("../support/test-clock");
  return { realClock: new TestClock(100) };
});

const outputs: LabOutputs = {
  lab: "test",
  platform: "local",
  versions: {},
  network: { name: "net", cidr: "192.168.10.0/24", loadBalancerPool: "a-b", note: "" },
  clusters: [{ name: "west", kubeconfigFile: KUBECONFIG, context: "kind-west", gateways: [] }],
  ...{ urls: [], hosts: [], unavailable: [], nextSteps: [] },
};

const PLACE = "192.168.10.0/24 192.168.10.10/31 192.168.10.1";

/** What `up` finds in a stack of a node whose API server does what `kubectl` says; `said` is what the user is told. */
async function look(kubectl: string, state = "running", strangers: readonly object[] = [], routes = "") {
  const bin = new FakeBin({
    ip: routes === "" ? "true" : `echo '${routes}'`,
    kubectl: `case "$*" in *readyz) ${kubectl} ;; *"--output json --show-managed-fields") cat "$FOLDER/objects" ;; esac`,
    docker: `case "$1" in ps) echo '["node","lab","id","/state","node","","${state}"]' ;; container) echo "{}" ;; start) touch "$FOLDER/started" ;; esac`,
  });
  const objects = [clusterObjects({ unschedulable: true }).items[0], deploymentObject("kube-system", "coredns", 0)];
  writeFileSync(
    join(bin.folder, "objects"),
    JSON.stringify({ items: [...objects, kubeProxyObject(1, 0), ...strangers] }),
  );
  const environment = { ISTIO_LAB_MAKES: JSON.stringify({ kind: "container", name: "node" }) };
  return lookInto(bin, [{ urn: "urn:node", environment }]);
}

interface Step {
  readonly urn: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
}

/** What `up` finds in a stack of those steps. */
async function lookInto(bin: FakeBin, steps: readonly Step[]) {
  const backend = { ownFolder: join(bin.folder, "backend"), environment: {} };
  const file = checkpointFile(backend.ownFolder, "lab");
  mkdirSync(dirname(file), { recursive: true });
  const resources = steps.map(({ environment, ...step }) => ({
    ...step,
    type: "command:local:Command",
    inputs: { environment },
  }));
  writeFileSync(file, checkpoint(outputs, resources));
  const env = bin.environment;
  const owner = { stack: "lab", stateId: "id", stateFolder: "/state" };
  const session = {
    ...{ stack: "lab", qualifiedStack: "lab", stackFolder: "/state/lab" },
    backend,
    env,
    owner,
  } as unknown as Session;
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    const { missing, hasStarted } = await lookBeforeUpdate(session, { yes: false, repeat: "npm run up" });
    return { missing, hasStarted, said: write.mock.calls.map(([text]) => String(text)).join(""), calls: bin.calls() };
  } finally {
    write.mockRestore();
  }
}

describe("up, before it updates a lab that stands", () => {
  it("changes nothing of what somebody has scaled or cordoned, and says in one line what heal puts back", async () => {
    const { missing, said, calls } = await look("true");
    expect([missing, said]).toEqual([
      [],
      "Node node is cordoned: no pod is put on it; Deployment kube-system/coredns is scaled to 0 of 2 replicas; " +
        "npm run lab -- heal --stack lab puts that back\n",
    ]);
    expect(calls.filter((call) => call.startsWith("kubectl")).map((call) => call.replace(/.* get /, "get "))).toEqual([
      "get --raw /readyz",
      "get Node.v1.,Deployment.v1.apps,DaemonSet.v1.apps --all-namespaces --output json --show-managed-fields",
    ]);
  });

  it("is not begun if an object of the user's has the name of one of the lab's, and is named", async () => {
    const own = deploymentObject("kube-system", "coredns", 2);
    const managedFields = [{ manager: "kubectl-create", operation: "Update" }];
    await expect(look("true", "running", [{ ...own, metadata: { ...own.metadata, managedFields } }])).rejects.toEqual(
      new UserError(
        "stack lab: nothing was updated: Deployment kube-system/coredns is yours, and the lab's of that name is gone; delete or rename yours, then run npm run up -- --stack lab",
      ),
    );
  });

  it("names the cluster whose API server does not answer, and what to run, without asking it for objects", async () => {
    const refuses = "echo first >&2; echo 'Unable to connect to the server: EOF' >&2; exit 1";
    await expect(look(refuses)).rejects.toThrow(
      "cluster west: the API server does not answer (Unable to connect to the server: EOF); npm run lab -- heal --stack lab repairs that",
    );
  });

  it("names the route that leads away from the lab's network if an API server does not answer", async () => {
    await expect(look("echo EOF >&2; exit 1", "running", [], "192.168.10.0/25 dev tun0")).rejects.toThrow(
      "cluster west: the API server does not answer (EOF); the route 192.168.10.0/25 dev tun0 leads away from the lab's network 192.168.10.0/24; take it down, e.g. end the VPN",
    );
  });

  it("recreates a network for the container that stands without it, puts that back and starts it, and replaces nothing", async () => {
    const bin = new FakeBin({
      ip: "true",
      kubectl: `case "$*" in *readyz) [ -e "$FOLDER/started" ] ;; *managed-fields) echo '${JSON.stringify(clusterObjects())}' ;; esac`,
      docker: `case "$1 $2" in
  "ps "*) echo '["node","lab","id","/state","node","","exited"]' ;;
  "network ls") [ ! -e "$FOLDER/net" ] || echo '["net","lab","id","/state","","net-2"]' ;;
  "network inspect") echo "network net not found" >&2; exit 1 ;;
  "network create") touch "$FOLDER/net" ;;
  "container inspect") echo '{"net":{"NetworkID":"net-1","IPAMConfig":null}}' ;;
  "cp node:/kind/old-ipv4") printf 192.168.10.10 >"$FOLDER/old-ipv4"; tar -C "$FOLDER" -cf - old-ipv4 ;;
  "start node") touch "$FOLDER/started" ;;
esac`,
    });
    const node = { ISTIO_LAB_MAKES: JSON.stringify({ kind: "container", name: "node" }), NETWORK: "net" };
    const net = { ISTIO_LAB_MAKES: JSON.stringify({ kind: "network", name: "net" }), CANDIDATES: PLACE };
    const { missing, said } = await lookInto(bin, [
      { urn: "urn:net", environment: net, outputs: { stdout: '{"cidr":"192.168.10.0/24"}' } },
      { urn: "urn:node", environment: node },
    ]);
    expect([missing, said]).toEqual([[], expect.stringContaining("the network net was gone, and was created again")]);
    expect(bin.calls().filter((call) => /^docker (network (create|connect|disconnect)|start)/.test(call))).toEqual([
      expect.stringMatching(/^docker network create .*--subnet 192\.168\.10\.0\/24 .* net$/) as string,
      "docker network disconnect --force net node",
      "docker network connect --ip 192.168.10.10 net node",
      "docker start node",
    ]);
  });

  it("waits for the API server of a node that it has to start first", async () => {
    const { calls } = await look('[ -e "$FOLDER/started" ]', "exited");
    expect(calls).toContain("docker start node");
  });
});

describe("what the user has edited", () => {
  const edit = (name: string) => ({
    ...{ urn: `urn:${name}`, editors: ["kubectl-patch"] },
    cluster: outputs.clusters[0]!,
    object: { apiVersion: "v1", kind: "Service", namespace: "istioinaction", name },
  });
  const session = { stack: "lab", qualifiedStack: "lab", backend: {} } as unknown as Session;

  it.each([
    [[], "edited by kubectl-patch: Service istioinaction/a, Service istioinaction/b; left as it is: "],
    [["a"], "edited by kubectl-patch: Service istioinaction/b; left as it is: "],
    [["a", "b"], undefined],
  ])("is told as left so, but for what the update changes or recreates: %j", (touched, wanted) => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    try {
      const urns = touched.map((name) => ({ urn: `urn:${name}` }));
      tellLeftEdits([edit("a"), edit("b")], urns, session);
      const heal = "npm run lab -- heal --stack lab says how to discard that\n";
      expect(write.mock.calls).toEqual(wanted === undefined ? [] : [[`${wanted}${heal}`]]);
    } finally {
      write.mockRestore();
    }
  });
});
