import { describe, expect, it } from "vitest";
import type { ClusterObjects, PodObject } from "../../lab/cli/trace/cluster-objects";
import { chooseEnds } from "../../lab/cli/trace/ends";
import { planTrace } from "../../lab/cli/trace/plan";
import { multiClusterTraces } from "../../lab/multicluster/traces";
import type { LabOutputs } from "../../lab/program/outputs";
import type { TraceMap } from "../../lab/program/trace-map";
import { trafficFlowTraces } from "../../lab/traffic-flow/traces";
import { vmTraces } from "../../lab/vm/traces";
import { loginOf } from "../support/login";

const login = loginOf("127.0.0.1", 32022);
const cluster = { name: "myk8s", kubeconfigFile: "/state/k", context: "kind-istio-lab-x-myk8s", gateways: [] };

function outputs(changes: Partial<LabOutputs> = {}): LabOutputs {
  const nginx = { name: "nginx", url: "http://127.0.0.1:32000/", host: "www.gasida.dev", curl: "", shows: "" };
  return {
    ...{ lab: "traffic-flow", platform: "local", versions: {}, unavailable: [], nextSteps: [] },
    urls: [nginx],
    clusters: [cluster],
    hosts: [{ name: "testpc", address: "172.19.0.3", login }],
    network: { name: "n", cidr: "172.19.0.0/16", loadBalancerPool: "", note: "" },
    ...changes,
  };
}

const pod = (
  name: string,
  namespace: string,
  labels: Record<string, string>,
  podIP: string,
  ready = "True",
): PodObject => ({
  metadata: { name, namespace, uid: `uid-${name}`, labels },
  status: { podIP, conditions: [{ type: "Ready", status: ready }] },
});

const objects: ClusterObjects = {
  cluster,
  pods: [
    pod("istio-ingressgateway-1", "istio-system", { istio: "ingressgateway" }, "10.10.0.9"),
    pod("deploy-websrv-1", "default", { app: "deploy-websrv" }, "10.10.0.26"),
    pod("deploy-websrv-2", "default", { app: "deploy-websrv" }, "10.10.0.27", "False"),
    pod("productpage-1", "default", { app: "productpage" }, "10.10.0.30"),
    pod("deploy-websrv-1", "other", { app: "deploy-websrv" }, "10.10.0.99"),
  ],
  services: [
    {
      metadata: { name: "svc-clusterip", namespace: "default" },
      spec: { clusterIP: "10.200.1.5", selector: { app: "deploy-websrv" }, ports: [{ port: 80, targetPort: 80 }] },
    },
    {
      metadata: { name: "details", namespace: "default" },
      spec: { clusterIP: "10.200.1.6", selector: { app: "details" }, ports: [{ port: 9080 }] },
    },
  ],
};

/** With plainPort. */
const plainUrls = [{ name: "nginx-pod", url: "http://127.0.0.1:32000/", host: "www.gasida.dev", curl: "", shows: "" }];
const target = { stack: "dev", qualifiedStack: "dev", backend: { ownFolder: undefined, environment: {} } };
const map = trafficFlowTraces(outputs());
const plan = (from: string, to: string, options = {}) =>
  planTrace(chooseEnds(map, from, to), outputs(), [objects], target, options);
const labels = ({ stations }: ReturnType<typeof plan>) => stations.map(({ label }) => label);

describe("the plan of a trace", () => {
  it("from outside asks for the domain at the node port, and watches client, node, gateway and ready endpoints", () => {
    const outside = plan("testpc", "nginx");
    expect(outside).toMatchObject({
      url: "http://www.gasida.dev:30000/",
      host: "www.gasida.dev:30000",
      resolve: "www.gasida.dev:30000:172.19.0.2",
      pooledPorts: [80, 15443],
    });
    expect(labels(outside)).toEqual([
      "testpc",
      "node myk8s",
      "pod istio-system/istio-ingressgateway-1",
      "pod default/deploy-websrv-1",
    ]);
    expect(outside.source.label).toBe("testpc");
  });

  it("from a pod asks the service by its name, at its cluster address", () => {
    expect(plan("productpage", "details")).toMatchObject({
      url: "http://details.default:9080/details/0",
      host: "details.default:9080",
      resolve: "details.default:9080:10.200.1.6",
    });
    expect(plan("productpage", "nginx")).toMatchObject({ host: "svc-clusterip.default" });
  });

  it("to a machine outside asks it by its address, and watches nothing but both ends and the node", () => {
    const beyond = plan("productpage", "testpc");
    expect(beyond).toMatchObject({ url: "http://172.19.0.3/", host: "172.19.0.3", pooledPorts: [80] });
    expect(beyond.resolve).toBeUndefined();
    expect(labels(beyond)).toEqual(["pod default/productpage-1", "node myk8s", "testpc"]);
  });

  it("may lead from a machine outside to itself", () => {
    expect(plan("testpc", "testpc")).toMatchObject({ url: "http://172.19.0.3/" });
  });

  it("takes another host and another path", () => {
    expect(plan("testpc", "nginx", { host: "x.test", path: "/a" })).toMatchObject({
      url: "http://www.gasida.dev:30000/a",
      host: "x.test",
      resolve: "www.gasida.dev:30000:172.19.0.2",
    });
  });

  it("logs in to a host without asking anybody, and puts ssh's options before its address", () => {
    const line = plan("testpc", "nginx").source.machine.shell.at(-1) ?? "";
    expect(line.indexOf("BatchMode=yes")).toBeGreaterThan(0);
    expect(line.indexOf("BatchMode=yes")).toBeLessThan(line.indexOf("ubuntu@127.0.0.1"));
    expect(line).toMatch(/ sudo bash --norc -c "\$0"$/);
  });

  it.each([
    [
      "an unknown source",
      () => plan("nobody", "nginx"),
      'trace FROM: "nobody" given; this lab has testpc, myk8s, nginx, nginx-pod, productpage, details, reviews, ratings',
    ],
    [
      "an unknown destination",
      () => plan("testpc", "x"),
      'trace TO: "x" given; this lab has nginx, nginx-pod, productpage, details, reviews, ratings, testpc',
    ],
    [
      "a destination without a way in",
      () => plan("testpc", "details"),
      "testpc is outside the mesh, and details has no way in from there; trace from testpc to nginx, productpage, or to details from myk8s, nginx, nginx-pod, productpage, details, reviews, ratings",
    ],
    [
      "nginx if port 80 is plain, which the notes' command names",
      () => chooseEnds(trafficFlowTraces(outputs({ urls: plainUrls })), "testpc", "nginx"),
      "testpc is outside the mesh, and nginx has no way in from there; trace from testpc to nginx-pod, productpage, or to nginx from myk8s, nginx, nginx-pod,",
    ],
    [
      "a service that is gone",
      () => plan("productpage", "ratings"),
      "cluster myk8s has no service default/ratings; put it back: npm run up",
    ],
    ["a pod that is not ready", () => plan("details", "nginx"), "no pod default/app=details of cluster myk8s is ready"],
  ])("fails for %s and says what there is", (_, attempt, message) => {
    expect(attempt).toThrow(message);
  });
});

describe("the places of each lab", () => {
  const names = ({ sources, destinations }: TraceMap) =>
    [sources, destinations].map((ends) => ends.map(({ name }) => name));

  it("are the notes' in the traffic-flow lab, and the domain leads to nginx-pod if port 80 is plain", () => {
    const plain = trafficFlowTraces(outputs({ urls: plainUrls }));
    const withEntry = ({ destinations }: TraceMap) =>
      destinations.filter((one) => one.kind === "service" && one.entry).map(({ name }) => name);
    expect([withEntry(map), withEntry(plain)]).toEqual([
      ["nginx", "productpage"],
      ["nginx-pod", "productpage"],
    ]);
  });

  it("hold the VMs of the vm lab, which are in the mesh", () => {
    const vms = [{ name: "forum-vm", address: "192.168.10.200", login, workloadEntry: "forum-services/forum-1" }];
    const lab = vmTraces(outputs({ clusters: [{ ...cluster, name: "k3s-s" }], hosts: vms }));
    expect(names(lab)).toEqual([
      ["webapp", "catalog", "k3s-s", "forum-vm"],
      ["webapp", "catalog", "forum"],
    ]);
    expect(lab.sources.at(-1)).toEqual({ name: "forum-vm", kind: "host", inMesh: true });
  });

  it("hold the applications of both clusters of the multicluster lab, and the client outside", () => {
    const gateways = [
      { name: "istio-ingressgateway", address: "172.18.255.101" },
      { name: "istio-eastwestgateway", address: "172.18.255.102" },
    ];
    const url = {
      name: "webapp",
      url: "http://127.0.0.1:31000/api/catalog",
      host: "webapp.istioinaction.io",
      curl: "",
      shows: "",
    };
    const backend = { ...url, name: "simple-backend", url: "http://127.0.0.1:31000/" };
    const clusters = ["west", "east"].map((name) => ({ ...cluster, name, gateways }));
    const hosts = [{ name: "mypc", address: "172.18.0.100", login }];
    const lab = multiClusterTraces(outputs({ urls: [url, backend], clusters, hosts }));
    expect(names(lab)).toEqual([
      ["webapp", "netshoot", "catalog", "mypc", "west", "east"],
      ["webapp", "catalog", "simple-backend"],
    ]);
    expect(lab.destinations[0]).toMatchObject({
      entry: {
        url: "http://172.18.255.101/api/catalog",
        host: "webapp.istioinaction.io",
      },
    });
  });
});
