import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { MADE_VARIABLE } from "../../infra/core/made";
import { ensureOwner } from "../../infra/core/state-folders";
import { confirmLosses } from "../../lab/cli/update/losses";
import { lossesOf } from "../../lab/cli/update/removable";
import { openSession } from "../../lab/cli/pulumi/session";
import { noteSettled } from "../../lab/cli/update/settled";
import { writeStackConfig } from "../../lab/cli/stack/stack-project";
import { UserError } from "../../lab/cli/ui/user-error";
import { checkpoint } from "../support/command-line";
import { FakeBin } from "../support/fake-bin";
import { fakeToolchains } from "../support/fake-toolchains";
import { testFolder } from "../support/test-folder";

const step = (name: string, makes?: object) => ({
  urn: `urn:pulumi:mine::istio-lab::x::${name}`,
  type: "command:local:Command",
  inputs: { environment: makes ? { [MADE_VARIABLE]: JSON.stringify(makes) } : {} },
});
const node = step("node", { kind: "container", name: "istio-lab-mine-k3s-s-control-plane" });
const vm = step("vm", { kind: "container", name: "istio-lab-mine-forum-vm" });
const network = step("network", { kind: "network", name: "istio-lab-mine-network" });
const instance = {
  urn: "urn:pulumi:mine::istio-lab::x::vm-k3s-s-instance",
  type: "aws:ec2/instance:Instance",
  inputs: {},
};

const namespace = {
  urn: "urn:pulumi:mine::istio-lab::x::vm-namespaces-forum-services-namespace",
  type: "kubernetes:core/v1:Namespace",
  inputs: { metadata: { name: "forum-services" } },
};

/** What pulumi prints before a step. */
const before = (op: string, { urn, type, inputs }: typeof node | typeof instance) =>
  JSON.stringify({ resourcePreEvent: { metadata: { op, urn, type, old: { inputs } } } });

let folder: string;
let bin: FakeBin;

beforeEach(() => {
  folder = testFolder();
  vi.stubEnv("ISTIO_LAB_STATE", join(folder, "state"));
  vi.stubEnv("ISTIO_LAB_CACHE", join(folder, "cache"));
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  bin = new FakeBin({
    pulumi: 'cat "$FOLDER/events" 2>/dev/null; exit $(cat "$FOLDER/exit" 2>/dev/null || echo 0)',
    docker: "true",
  });
  mkdirSync(join(folder, "cache"));
  vi.stubEnv("PATH", bin.path);
  writeStackConfig("mine", { "istio-lab:portBase": "31000" });
  stand([node, vm, network]);
  noteSettled(openSession("mine"));
});

function stand(resources: readonly object[], outputs: object = {}): void {
  const stacks = join(folder, "state", ".pulumi", "stacks", "istio-lab");
  mkdirSync(stacks, { recursive: true });
  writeFileSync(join(stacks, "mine.json"), checkpoint(outputs, resources));
}

/** What a preview will say. */
function previews(events: readonly string[], exitCode = 0): void {
  writeFileSync(join(bin.folder, "events"), events.map((line) => `${line}\n`).join(""));
  writeFileSync(join(bin.folder, "exit"), String(exitCode));
}

/** Nobody is at the terminal. */
const ask = (yes = false) => confirmLosses(openSession("mine"), { yes, repeat: "npm run up -- --yes" });
const previewed = () => bin.calls().filter((call) => call.startsWith("pulumi preview")).length;
const changeSettings = () => void writeStackConfig("mine", { "istio-lab:portBase": "32000" });

describe("what a step takes with it", () => {
  it.each([
    ["replace", node, "container istio-lab-mine-k3s-s-control-plane"],
    ["delete", vm, "container istio-lab-mine-forum-vm"],
    ["delete-replaced", vm, "container istio-lab-mine-forum-vm"],
    ["replace", instance, "instance vm-k3s-s-instance"],
    ["same", node, undefined],
    ["create", node, undefined],
    ["update", vm, undefined],
    ["replace", network, undefined],
    ["replace", step("other"), undefined],
    ["delete", namespace, "namespace forum-services"],
    ["update", namespace, undefined],
  ])("%s of %o", (op, { urn, type, inputs }, wanted) => {
    expect(lossesOf([{ op, urn, type, old: { inputs } }])).toEqual(wanted === undefined ? [] : [wanted]);
  });

  it("is named once, and namespaces are not named beside their cluster", () => {
    const removal = (op: string, { urn, type, inputs }: typeof node | typeof namespace) => ({
      ...{ op, urn, type },
      old: { inputs },
    });
    const inEast = { ...namespace, urn: "urn:east", inputs: { metadata: { name: "in-east" } } };
    expect(
      lossesOf([
        removal("replace", node),
        removal("delete-replaced", node),
        removal("replace", namespace),
        removal("delete", inEast),
      ]),
    ).toEqual(["container istio-lab-mine-k3s-s-control-plane", "namespace in-east"]);
  });

  it("is only possible if it hangs on what an earlier step will print", () => {
    const unknown = { triggers: ["04da6b54-80e4-46f7-96ec-b56ff0331ba9"] };
    const { urn, type, inputs } = vm;
    const replaced = { urn, type, op: "replace", old: { inputs } };
    expect(lossesOf([{ ...replaced, new: { inputs: unknown } }])).toEqual([
      "perhaps container istio-lab-mine-forum-vm",
    ]);
    const certain = { ...replaced, new: { inputs: { triggers: ["other"] } } };
    expect(lossesOf([certain])).toEqual(["container istio-lab-mine-forum-vm"]);
    // The engine sends three steps of a replacement, of which one has no new inputs.
    const halves = ["delete-replaced", "replace", "create-replacement"].map((op) => ({
      ...{ ...replaced, op },
      ...(op === "delete-replaced" ? {} : { new: { inputs: unknown } }),
    }));
    expect(lossesOf(halves)).toEqual(["perhaps container istio-lab-mine-forum-vm"]);
    expect(lossesOf([{ ...replaced, op: "delete-replaced" }, certain])).toEqual(["container istio-lab-mine-forum-vm"]);
  });

  it("are without the namespaces of a cluster that is removed: those of another one are named", () => {
    const [own, other] = ["urn:own", "urn:other"];
    const namespace = (provider: string, name: string) => ({
      ...{ op: "delete", urn: `urn:${name}`, type: "kubernetes:core/v1:Namespace" },
      old: { provider: `${provider}::id`, inputs: { metadata: { name } } },
    });
    const removed = { op: "delete", urn: own, type: "pulumi:providers:kubernetes", old: { inputs: {} } };
    const machine = { op: "delete", urn: node.urn, type: node.type, old: { inputs: node.inputs } };
    expect(lossesOf([machine, removed, namespace(own, "istio-system"), namespace(other, "shop")])).toEqual([
      "container istio-lab-mine-k3s-s-control-plane",
      "namespace shop",
    ]);
  });
});

describe("a preview", () => {
  it("is told what the steps have printed that are no secrets, so that a step that runs again replaces nothing", async () => {
    stand([
      { ...network, outputs: { stdout: '{"cidr":"192.168.10.0/24"}' } },
      { ...node, outputs: { stdout: { "4dabf18193072939515e22adb298388d": "secret", ciphertext: "x" } } },
      { ...vm, outputs: { stdout: "x".repeat(5000) } },
    ]);
    bin = new FakeBin({ docker: "true", pulumi: 'printf %s "$ISTIO_LAB_STANDING_OUTPUTS" >"$FOLDER/known"' });
    vi.stubEnv("PATH", bin.path);
    changeSettings();
    await ask();
    expect(JSON.parse(readFileSync(join(bin.folder, "known"), "utf8"))).toEqual({
      network: '{"cidr":"192.168.10.0/24"}',
    });
  });
});

describe("an update that would remove what a student has worked on", () => {
  it("is not begun if nobody can be asked: everything that goes is named, with the line that does it", async () => {
    changeSettings();
    previews([before("replace", node), before("replace", vm), before("replace", network), before("same", vm)]);
    await expect(ask()).rejects.toEqual(
      new UserError(
        "stack mine: this removes container istio-lab-mine-forum-vm, container istio-lab-mine-k3s-s-control-plane, with all that was done there; " +
          "continue? There is no terminal to ask on; to agree in advance: npm run up -- --yes",
        2,
      ),
    );
    expect(process.stderr.write).toHaveBeenCalledWith(
      "something has changed since the last up: checking what the change replaces\n",
    );
    // Nothing was agreed to: the next one asks again.
    await expect(ask()).rejects.toThrow("this removes");
    expect(previewed()).toBe(2);
  });

  it("is begun if the user has agreed, and the next one asks nothing", async () => {
    changeSettings();
    previews([before("replace", node)]);
    await ask(true);
    noteSettled(openSession("mine"));
    await ask();
    expect(previewed()).toBe(1);
  });

  it.each<[string, () => unknown]>([
    ["settings", changeSettings],
    [
      "containers in the state: plain Pulumi has recreated them",
      () => stand([{ ...node, inputs: { ...node.inputs, triggers: ["other"] } }, vm, network]),
    ],
    ["tools", () => fakeToolchains(join(folder, "cache"), bin.folder)],
    ["numbers in the settings,", () => void writeStackConfig("mine", { "istio-lab:portBase": 31001 })],
    ["note, which is damaged,", () => writeFileSync(join(folder, "state", ".projects", "mine", "settled.json"), "{")],
  ])("is looked for if there are other %s", async (_, change) => {
    change();
    previews([before("delete", vm)]);
    await expect(ask()).rejects.toThrow("this removes container istio-lab-mine-forum-vm, with");
  });

  it.each<[string, () => void]>([
    ["nothing has changed", () => undefined],
    [
      "a number is written as a text, as Pulumi does",
      () => void writeStackConfig("mine", { "istio-lab:portBase": 31000 }),
    ],
    [
      "the salt of secrets alone is another",
      () => {
        const file = join(folder, "state", ".projects", "mine", "Pulumi.mine.yaml");
        writeFileSync(file, `${readFileSync(file, "utf8")}encryptionsalt: v1:x\n`);
      },
    ],
    [
      "the stack has no container yet",
      () => {
        stand([network]);
        changeSettings();
      },
    ],
  ])("is not looked for if %s", async (_, prepare) => {
    prepare();
    previews([before("replace", node)]);
    await ask();
    expect(previewed()).toBe(0);
  });
});

describe("an update that would take away what a container of somebody else's depends on", () => {
  const node = "istio-lab-mine-k3s-s-control-plane";
  /** Docker with the node and network of the lab and a container of the user's; `settings` are its modes of network, processes and memory. */
  const engine = (networks: string, settings: readonly string[]) => {
    const row = (...cells: readonly string[]) => JSON.stringify(cells);
    const { stateId } = ensureOwner("mine", process.env);
    const mark = ["mine", stateId, "/s"];
    const docker = `case "$*" in
  "ps --all --format {{.Names}}") printf '%s\\n' ${node} t6-mine ;;
  "ps "*) printf '%s\\n' '${row("t6-mine", "", "", "", "", networks, "running")}' '${row(node, ...mark, node, "istio-lab-mine-network", "running")}' ;;
  "network ls"*) printf '%s\\n' '${row("istio-lab-mine-network", ...mark)}' ;;
  "container inspect"*) printf '%s\\n' '${row(`/${node}`, "abc", "istio-lab-mine-network", "", "private")}' '${row("/t6-mine", "def", ...settings)}' ;;
esac`;
    const docked = new FakeBin({ docker });
    vi.stubEnv("PATH", docked.path);
  };

  it.each<[string, Parameters<typeof engine>, string]>([
    [
      "its network",
      ["istio-lab-mine-network", ["istio-lab-mine-network", "", "private"]],
      "disconnect it: docker network disconnect --force istio-lab-mine-network t6-mine",
    ],
    [
      "the network of a node",
      ["", ["container:abc", "", "private"]],
      `t6-mine shares the network of ${node} and cannot go on without it; remove it: docker rm --force t6-mine`,
    ],
    [
      "the processes of a node, by its name",
      ["bridge", ["bridge", `container:${node}`, "private"]],
      `t6-mine shares the processes of ${node} and cannot go on without it; remove it: docker rm --force t6-mine`,
    ],
    [
      "the memory of a node",
      ["bridge", ["bridge", "", "container:abc"]],
      `t6-mine shares the memory of ${node} and cannot go on without it; remove it: docker rm --force t6-mine`,
    ],
  ])("is refused before anything is removed, also after a yes: %s", async (_, [networks, settings], line) => {
    engine(networks, settings);
    changeSettings();
    previews([before("replace", { ...network }), before("replace", step("node", { kind: "container", name: node }))]);
    await expect(ask(true)).rejects.toEqual(
      new UserError(
        `stack mine: nothing was changed, since containers that are not known as the lab's depend on what would be removed: container t6-mine\n  ${line}`,
      ),
    );
  });

  it.each<[string, Parameters<typeof engine>, object]>([
    ["the network stays on which it is", ["istio-lab-mine-network", ["istio-lab-mine-network", "", "private"]], vm],
    ["it shares nothing", ["bridge", ["bridge", "", "private"]], network],
    ["it shares with one that stays", ["", ["container:abc", "", "private"]], vm],
  ])("is asked about as ever if %s", async (_, [networks, settings], replaced) => {
    engine(networks, settings);
    changeSettings();
    previews([before("replace", replaced as typeof node & typeof vm), before("replace", vm)]);
    await expect(ask()).rejects.toThrow("this removes container istio-lab-mine-forum-vm, with");
  });
});

describe("an update that would make an object that somebody else has made", () => {
  const kubeconfigFile = "/state/kubeconfig-k3s-s.yaml";
  const provider = {
    urn: "urn:provider",
    type: "pulumi:providers:kubernetes",
    inputs: { clusterIdentifier: "istio-lab-mine-k3s-s" },
  };
  const outputs = {
    ...{ lab: "vm", stack: "mine", platform: "local", access: [], hosts: [], next: [], warnings: [] },
    clusters: [{ name: "k3s-s", kubeconfigFile, context: "kind-istio-lab-mine-k3s-s", gateways: [] }],
  };
  const policy = { apiVersion: "security.istio.io/v1", kind: "PeerAuthentication" };
  /** What pulumi prints before it makes an object. */
  const making = (name: string, op = "create") => {
    const inputs = { ...policy, metadata: { name, namespace: "istioinaction" } };
    const type = "kubernetes:security.istio.io/v1:PeerAuthentication";
    const metadata = { op, urn: `urn:${name}`, type, new: { inputs, provider: "urn:provider::id" } };
    return JSON.stringify({ resourcePreEvent: { metadata } });
  };
  const found = (name: string, ...managers: readonly string[]) => ({
    kind: "PeerAuthentication",
    metadata: { name, namespace: "istioinaction", managedFields: managers.map((manager) => ({ manager })) },
  });

  const updated = (items: readonly object[], yes: boolean) => {
    const kubectl = `case "$*" in *--show-managed-fields) echo '${JSON.stringify({ items })}' ;; esac`;
    bin = new FakeBin({ kubectl, pulumi: 'cat "$FOLDER/events"' });
    vi.stubEnv("PATH", bin.path);
    stand([node, provider], outputs);
    changeSettings();
    previews([making("plain"), making("strict"), making("kept", "update")]);
    return ask(yes);
  };

  it.each([false, true])("is not begun, and the object is named; --yes: %s", async (yes) => {
    await expect(updated([found("strict", "kubectl-client-side-apply", "pilot-discovery")], yes)).rejects.toEqual(
      new UserError(
        "stack mine: nothing was changed, since somebody else has made what this up would make: PeerAuthentication istioinaction/strict; delete it or give it another name",
      ),
    );
  });

  it.each([
    ["none of them is there", []],
    ["an interrupted up has made it", [found("strict", "pulumi-kubernetes-a1b2", "kubectl-edit")]],
    ["one is there that it does not make", [found("other", "kubectl-create"), found("kept", "kubectl-create")]],
  ])("is begun if %s", async (_, items) => {
    await updated(items, false);
    expect(bin.calls().filter((call) => call.startsWith("kubectl"))).toEqual([
      `kubectl --kubeconfig ${kubeconfigFile} --request-timeout 10s get PeerAuthentication.v1.security.istio.io --all-namespaces --output json --show-managed-fields`,
    ]);
  });
});

describe("an update that changes what the user has edited", () => {
  const cluster = { name: "k3s-s", kubeconfigFile: "/state/k", context: "kind-istio-lab-mine-k3s-s", gateways: [] };
  const outputs = { lab: "vm", stack: "mine", platform: "local", hosts: [], clusters: [cluster] };
  const provider = {
    urn: "urn:provider",
    type: "pulumi:providers:kubernetes",
    inputs: { clusterIdentifier: "istio-lab-mine-k3s-s" },
  };
  const ofNode = step("node", { kind: "container", name: "istio-lab-mine-k3s-s-control-plane" });
  const cluster1 = {
    ...ofNode,
    inputs: { environment: { ...ofNode.inputs.environment, KUBECONFIG_FILE: "/state/k" } },
  };
  const service = {
    urn: "urn:webapp",
    type: "kubernetes:core/v1:Service",
    provider: "urn:provider::id",
    inputs: { apiVersion: "v1", kind: "Service", metadata: { name: "webapp", namespace: "istioinaction" } },
  };
  const istiod = { apiVersion: "apps/v1", kind: "Deployment", namespace: "istio-system", name: "istiod" };
  const install = {
    urn: "urn:install",
    type: "command:local:Command",
    inputs: {
      environment: {
        KUBECONFIG: "/state/k",
        [MADE_VARIABLE]: JSON.stringify({ kind: "objects", objects: [istiod] }),
      },
    },
  };
  const edited = (one: { kind: string; name: string; namespace: string }, ...managers: readonly string[]) => ({
    kind: one.kind,
    metadata: {
      ...{ name: one.name, namespace: one.namespace },
      managedFields: managers.map((manager) => ({ manager, operation: "Update" })),
    },
  });
  const WEBAPP = { kind: "Service", name: "webapp", namespace: "istioinaction" };

  const updated = (events: readonly string[], yes = false, editor = ["kubectl-patch"]) => {
    const items = [
      edited(WEBAPP, "pulumi-kubernetes-1", ...editor),
      edited(istiod, "istio-operator", "kube-controller-manager", ...editor),
    ];
    const kubectl = `case "$*" in *--show-managed-fields) echo '${JSON.stringify({ items })}' ;; esac`;
    bin = new FakeBin({ kubectl, docker: "true", pulumi: 'cat "$FOLDER/events"' });
    vi.stubEnv("PATH", bin.path);
    stand([cluster1, provider, service, install], outputs);
    changeSettings();
    previews(events);
    return ask(yes);
  };
  const asked = (what: string) =>
    new UserError(
      `stack mine: this ${what}; continue? There is no terminal to ask on; to agree in advance: npm run up -- --yes`,
      2,
    );

  it.each([
    ["changes it", "update", service, "Service istioinaction/webapp"],
    ["removes it", "delete", service, "Service istioinaction/webapp"],
    ["recreates it", "replace", service, "Service istioinaction/webapp"],
    ["has a tool install it again", "update", install, "Deployment istio-system/istiod"],
  ])("is not begun without a question if it %s", async (_, op, one, name) => {
    await expect(updated([before(op, one as unknown as typeof node)])).rejects.toEqual(
      asked(`changes or removes what you have edited: ${name}`),
    );
  });

  it("asks once about that and about what is removed", async () => {
    const events = [before("replace", vm), before("update", service)];
    await expect(updated(events)).rejects.toEqual(
      asked(
        "removes container istio-lab-mine-forum-vm, with all that was done there; it changes or removes what you have edited: Service istioinaction/webapp",
      ),
    );
  });

  it("asks, too, if another text of a script has the cluster's own step run again: the cluster stays", async () => {
    await expect(updated([before("update", cluster1), before("update", service)])).rejects.toEqual(
      asked("changes or removes what you have edited: Service istioinaction/webapp"),
    );
  });

  it("is begun if the user has agreed, and tells what it undoes", async () => {
    expect(await updated([before("update", service as unknown as typeof node)], true)).toMatchObject([
      { urn: "urn:webapp", editors: ["kubectl-patch"] },
    ]);
  });

  it("is begun without a question if Pulumi does not know yet how the cluster will be reached, and the object stays as it is", async () => {
    const same = { inputs: service.inputs };
    const metadata = { op: "update", urn: service.urn, type: service.type, old: same, new: same };
    expect(await updated([JSON.stringify({ resourcePreEvent: { metadata } })])).toEqual([]);
  });

  it.each([
    ["it leaves that as it is", ["kubectl-patch"], [before("same", service as unknown as typeof node)]],
    ["nobody has edited that", [], [before("update", service as unknown as typeof node)]],
  ])("is begun without a question if %s", async (_, editor, events) => {
    expect(await updated(events, false, editor)).toEqual([]);
  });

  it("does not ask about edits in a cluster that is recreated: that is a question of its own", async () => {
    const events = [before("replace", cluster1), before("replace", service)];
    await expect(updated(events)).rejects.toEqual(
      asked("removes container istio-lab-mine-k3s-s-control-plane, with all that was done there"),
    );
  });
});

describe("an update that removes nothing of a student's", () => {
  it("is begun without a question", async () => {
    changeSettings();
    previews([before("update", vm), before("replace", network)]);
    await ask();
    expect(previewed()).toBe(1);
  });

  it("is not begun if Pulumi's preview fails", async () => {
    changeSettings();
    previews([], 1);
    await expect(ask()).rejects.toThrow("stack mine: not built; the reason is above");
  });
});
