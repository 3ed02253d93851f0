import { describe, expect, it } from "vitest";
import { diffProvider } from "../../../infra/toolchain/plugins/kubernetes/provider-diff";
import {
  readProviderSettings,
  unsupportedSettings,
} from "../../../infra/toolchain/plugins/kubernetes/provider-settings";
import {
  Secret,
  Unknown,
  type PropertyMap,
  type PropertyValue,
} from "../../../infra/toolchain/plugins/rpc/property-value";

function kubeconfig(server: string, token = "t"): string {
  return JSON.stringify({
    "current-context": "a",
    contexts: [
      { name: "a", context: { cluster: "a", user: "u" } },
      { name: "b", context: { cluster: "b", user: "u" } },
    ],
    clusters: [
      { name: "a", cluster: { server } },
      { name: "b", cluster: { server: "https://b" } },
    ],
    users: [{ name: "u", user: { token } }],
  });
}

describe("a provider is replaced exactly where everything made through it is lost", () => {
  const one = new Secret(kubeconfig("https://one"));
  const two = new Secret(kubeconfig("https://two"));
  const rows: [string, PropertyMap, PropertyMap, string[], string[]][] = [
    ["another server", { kubeconfig: one }, { kubeconfig: two }, ["kubeconfig"], ["kubeconfig"]],
    [
      "another token for the same server",
      { kubeconfig: one },
      { kubeconfig: new Secret(kubeconfig("https://one", "new")) },
      ["kubeconfig"],
      [],
    ],
    [
      "another server of the same identified cluster",
      { kubeconfig: one, clusterIdentifier: "x" },
      { kubeconfig: two, clusterIdentifier: "x" },
      ["kubeconfig"],
      [],
    ],
    [
      "a kubeconfig that is not known yet",
      { kubeconfig: one },
      { kubeconfig: new Unknown() },
      ["kubeconfig"],
      ["kubeconfig"],
    ],
    [
      "an unknown secret kubeconfig of the same identified cluster",
      { kubeconfig: one, clusterIdentifier: "x" },
      { kubeconfig: new Secret(new Unknown()), clusterIdentifier: "x" },
      ["kubeconfig"],
      [],
    ],
    [
      "another identifier",
      { kubeconfig: one, clusterIdentifier: "x" },
      { kubeconfig: one, clusterIdentifier: "y" },
      ["clusterIdentifier"],
      ["clusterIdentifier"],
    ],
    [
      "an identifier that is new",
      { kubeconfig: one },
      { kubeconfig: one, clusterIdentifier: "x" },
      ["clusterIdentifier"],
      [],
    ],
    [
      "an identifier that goes, with another server",
      { kubeconfig: one, clusterIdentifier: "x" },
      { kubeconfig: two },
      ["kubeconfig", "clusterIdentifier"],
      ["kubeconfig"],
    ],
    [
      "another context, of another cluster",
      { kubeconfig: one },
      { kubeconfig: one, context: "b" },
      ["context"],
      ["context"],
    ],
    [
      "another cluster of the context",
      { kubeconfig: one },
      { kubeconfig: one, cluster: "b" },
      ["cluster"],
      ["cluster"],
    ],
    ["another default namespace", { kubeconfig: one }, { kubeconfig: one, namespace: "n" }, ["namespace"], []],
  ];
  it.each(rows)("%s", (_title, olds, news, diffs, replaces) => {
    expect(diffProvider(olds, news)).toEqual({ changes: true, diffs, replaces });
  });
  it("nothing changed", () => {
    expect(diffProvider({ kubeconfig: one }, { kubeconfig: kubeconfig("https://one") })).toEqual({ changes: false });
  });
  it("a kubeconfig that cannot be read is an error that does not quote it", () => {
    const broken = "users: [\n  client-key-data: c2VjcmV0";
    expect(() => diffProvider({ kubeconfig: one }, { kubeconfig: broken })).toThrow(
      /^failed to parse kubeconfig: it is neither YAML nor JSON, nor the path of a file$/,
    );
  });
});

describe("provider settings", () => {
  const rows: [string, PropertyValue | undefined, string | undefined, boolean][] = [
    ["the text true, as the SDK sends it", "true", undefined, true],
    ["a boolean", true, undefined, true],
    ["the environment where nothing is given", undefined, "true", true],
    ["the program before the environment", "false", "true", false],
    ["neither", undefined, undefined, false],
  ];
  it.each(rows)("deleteUnreachable from %s", (_title, given, environment, expected) => {
    const inputs = given === undefined ? {} : { deleteUnreachable: given };
    const settings = readProviderSettings(inputs, { PULUMI_K8S_DELETE_UNREACHABLE: environment });
    expect(settings.deleteUnreachable).toBe(expected);
  });
  it("takes a secret kubeconfig's text", () => {
    expect(readProviderSettings({ kubeconfig: new Secret("text") }, {}).kubeconfig).toBe("text");
  });
  it.each([
    [{ renderYamlToDirectory: "out" }, ["renderYamlToDirectory"]],
    [{ enableServerSideApply: "false" }, ["enableServerSideApply"]],
    [{ enableServerSideApply: "true", namespace: "n" }, []],
  ])("refuses what only the official plugin does: %j", (inputs: PropertyMap, properties) => {
    expect(unsupportedSettings(inputs).map(({ property }) => property)).toEqual(properties);
  });
});
