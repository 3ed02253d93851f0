import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { isSameCertificate } from "../../lab/cli/heal/certificate";
import { restoreRoot } from "../../lab/cli/heal/root";
import type { HealScene } from "../../lab/cli/heal/scene";
import type { LabOutputs } from "../../lab/program/outputs";
import { FakeBin } from "../support/fake-bin";
import { healScene } from "../support/heal-scene";

// Between two looks at the root 20 s pass by the clock, and none in truth.
vi.mock("../../infra/core/clock", async () => {
  const { TestClock } = await import("../support/test-clock");
  return { realClock: new TestClock(20) };
});

/** A certificate of a key of its own; two of the same name are not the same. */
function certificate(name: string): string {
  const words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout /dev/null -subj".split(" ");
  const { stdout } = spawnSync("openssl", [...words, `/CN=${name}`], { encoding: "utf8" });
  return stdout;
}

const [SHARED, OTHER] = [certificate("root"), certificate("root")];

const cluster = (name: string) => ({ name, kubeconfigFile: `/state/${name}`, context: name, gateways: [] });
const clusters: LabOutputs["clusters"] = [cluster("west"), cluster("east")];

const secret = (pem: string, namespace = "istio-system", manager = "pulumi-kubernetes-1a") => ({
  kind: "Secret",
  metadata: {
    ...{ namespace, name: "cacerts" },
    managedFields: [
      { manager: "pulumi-kubernetes-1a", fieldsV1: { "f:type": {} } },
      { manager, fieldsV1: { "f:data": { "f:root-cert.pem": {} } } },
    ],
  },
  data: { "root-cert.pem": Buffer.from(pem).toString("base64") },
});
const roots = (byNamespace: Readonly<Record<string, string>>) =>
  Object.entries(byNamespace).map(([namespace, pem]) => ({
    kind: "ConfigMap",
    metadata: { namespace, name: "istio-ca-root-cert" },
    data: { "root-cert.pem": pem },
  }));

interface Found {
  readonly secrets?: readonly object[];
  /** Those of `east`, if they are others. */
  readonly eastern?: readonly object[];
  /** The root in each namespace of `west`; that of `east` is the shared one. */
  readonly before: Readonly<Record<string, string>>;
  /** What a new istiod writes at once, and after two looks. */
  readonly after?: Readonly<Record<string, string>>;
  readonly later?: Readonly<Record<string, string>>;
  /** Whether the lab has made the Secret. */
  readonly isMade?: boolean;
  readonly restarts?: string;
}

const WHOLE = { "istio-system": SHARED, shop: SHARED };

function sceneOf({
  secrets = [secret(SHARED)],
  eastern = secrets,
  before,
  after = WHOLE,
  later = after,
  isMade = true,
  restarts = "true",
}: Found) {
  const bin = new FakeBin({
    kubectl: `case "$*" in
  *"/state/east"*Secret*) cat "$FOLDER/eastern" ;;
  *Secret*) cat "$FOLDER/secrets" ;;
  *"/state/east"*) cat "$FOLDER/whole" ;;
  *ConfigMap*) cat "$FOLDER/roots"; [ ! -e "$FOLDER/isNew" ] || { [ ! -e "$FOLDER/seen" ] || cp "$FOLDER/later" "$FOLDER/roots"; touch "$FOLDER/seen"; } ;;
  *"rollout restart"*) ${restarts}; cp "$FOLDER/after" "$FOLDER/roots"; touch "$FOLDER/isNew" ;;
esac`,
  });
  const write = (name: string, items: readonly object[]) =>
    writeFileSync(join(bin.folder, name), JSON.stringify({ items }));
  write("secrets", secrets);
  write("eastern", eastern);
  write("whole", roots(WHOLE));
  write("roots", roots(before));
  write("after", roots(after));
  write("later", roots(later));
  const { env, scene: common } = healScene(bin, clusters);
  const { outputs } = common;
  const made = (kubeconfigFile: string) =>
    [
      ...(isMade ? [{ apiVersion: "v1", kind: "Secret", namespace: "istio-system", name: "cacerts" }] : []),
      { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web" },
    ].map((object) => ({ urn: "urn:x", kubeconfigFile, object }));
  const objects = clusters.flatMap(({ kubeconfigFile }) => made(kubeconfigFile));
  const scene = {
    ...common,
    standing: { session: { ...TARGET, env }, outputs, expected: { things: [], objects } },
  } as unknown as HealScene;
  return { scene, changes: () => bin.calls().filter((call) => call.includes("rollout")) };
}

/** The stack, as commands name it. */
const TARGET = { stack: "lab", qualifiedStack: "lab", backend: {} };

const NOTHING = { repaired: [], failed: [] };
const RESTARTED = {
  repaired: [
    {
      name: "west-root",
      done: "istiod of west was restarted: it signed by another root than that of the Secret cacerts",
    },
  ],
  failed: [],
};

describe("istiod", () => {
  it.each<[string, Found]>([
    ["gives out the root of the Secret", { before: WHOLE }],
    [
      "writes the same root with other line breaks",
      { before: { ...WHOLE, "istio-system": SHARED.replaceAll("\n", "\r\n") } },
    ],
    ["signs by itself in a lab that gives it no CA", { before: { "istio-system": OTHER }, isMade: false }],
    ["has no readable root to take", { before: { "istio-system": OTHER }, secrets: [secret("no PEM")] }],
    ["has no Secret in its own namespace", { before: { "istio-system": OTHER }, secrets: [secret(SHARED, "shop")] }],
  ])("stays if it %s", async (_, found) => {
    const { scene, changes } = sceneOf(found);
    expect(await restoreRoot(scene)).toEqual(NOTHING);
    expect(changes()).toEqual([]);
  });

  it.each<[string, Found]>([
    ["a root of its own", { before: { "istio-system": OTHER, shop: OTHER } }],
    ["no root at all", { before: {} }],
    [
      "a root of its own, and writes the right one into the namespaces one after another",
      {
        before: { "istio-system": OTHER, shop: OTHER },
        after: { "istio-system": SHARED, shop: OTHER },
        later: WHOLE,
      },
    ],
  ])("is restarted if it gives out %s, and nowhere else", async (_, found) => {
    const { scene, changes } = sceneOf(found);
    expect(await restoreRoot(scene)).toEqual(RESTARTED);
    expect(changes()).toEqual([
      "kubectl --namespace istio-system rollout restart deployment/istiod",
      "kubectl --namespace istio-system rollout status deployment/istiod --timeout 110s",
    ]);
  });

  it("that gives out another root after its restart, too, is what could not be repaired", async () => {
    const before = { "istio-system": OTHER, shop: OTHER };
    const { scene } = sceneOf({ before, after: { "istio-system": SHARED, shop: OTHER } });
    const { repaired, failed } = await restoreRoot(scene);
    expect(repaired).toEqual([]);
    expect(failed.map(({ name, outcome, actual }) => [name, outcome, actual])).toEqual([
      ["west-root", "fail", "another root in shop"],
    ]);
  });

  it("that cannot be restarted is reported with kubectl's words", async () => {
    const { scene } = sceneOf({ before: { "istio-system": OTHER }, restarts: "echo 'no right' >&2; exit 1" });
    const { failed } = await restoreRoot(scene);
    expect(failed.map(({ name, actual }) => [name, actual])).toEqual([["west-root", "exit code 1\nno right"]]);
  });
});

describe("the Secrets of a lab's clusters", () => {
  const before = { "istio-system": OTHER, shop: OTHER };
  const users = (pem: string) => secret(pem, "istio-system", "kubectl-client-side-apply");

  it.each<[string, Pick<Found, "secrets" | "eastern">, string]>([
    ["of which the user has changed the first", { secrets: [users(OTHER)], eastern: [secret(SHARED)] }, "west"],
    ["of which the user has changed the second", { secrets: [secret(SHARED)], eastern: [users(OTHER)] }, "east"],
    ["of which the user has changed both", { secrets: [users(OTHER)], eastern: [users(SHARED)] }, "west, east"],
  ])("%s have different roots: that is told, and no istiod is restarted", async (_, found, names) => {
    const { scene, changes } = sceneOf({ before, ...found });
    const { repaired, failed } = await restoreRoot(scene);
    expect([repaired, failed.map(({ outcome, actual }) => [outcome, actual])]).toEqual([
      [],
      [
        [
          "fail",
          `the Secret istio-system/cacerts of ${names} holds another root than the lab's, so nothing was restarted; ` +
            "npm run up -- --stack lab --refresh restores it, then run npm run lab -- heal --stack lab",
        ],
      ],
    ]);
    expect(changes()).toEqual([]);
  });

  it("have one root of the user's: istiod is to take it", async () => {
    const after = { "istio-system": OTHER, shop: OTHER };
    const { scene, changes } = sceneOf({ before: WHOLE, after, secrets: [users(OTHER)] });
    expect((await restoreRoot(scene)).repaired.map(({ name }) => name)).toContain("west-root");
    expect(changes().length).toBeGreaterThan(0);
  });
});

describe("two certificates", () => {
  it.each([
    ["the same", SHARED, SHARED, true],
    ["the same, with text around it", SHARED, `# root\n${SHARED}\n`, true],
    ["of the same name and another key", SHARED, OTHER, false],
    ["unreadable, both of them alike", "no PEM", "no PEM", false],
    ["absent", SHARED, "", false],
  ])("are compared: %s", (_, one, other, isSame) => {
    expect(isSameCertificate(one, other)).toBe(isSame);
  });
});
