import { describe, expect, it } from "vitest";
import { MADE_VARIABLE } from "../../infra/core/made";
import type { Owner } from "../../infra/core/ownership";
import { plugIn } from "../../lab/cli/heal/networks";
import { expectedOf } from "../../lab/cli/look/expected";
import type { LookScene } from "../../lab/cli/look/look";
import { FakeBin } from "../support/fake-bin";
import { healScene } from "../support/heal-scene";

const owner: Owner = { stack: "lab", stateId: "id", stateFolder: "/state" };

const step = (name: string, environment: Readonly<Record<string, string>>) => ({
  urn: name,
  type: "command:local:Command",
  inputs: { environment: { ...environment, [MADE_VARIABLE]: JSON.stringify({ kind: "container", name }) } },
});

/** A stack of a node and a VM, as their steps' environments say. */
const expected = expectedOf(
  [
    step("node", { NETWORK: "net", KUBECONFIG_FILE: "/state/kubeconfig-west.yaml" }),
    step("vm", { NETWORK: "net", ADDRESS: "192.168.10.200" }),
    step("gone", { NETWORK: "net", ADDRESS: "192.168.10.201" }),
  ],
  [],
);

type Networks = Readonly<
  Record<string, { readonly NetworkID?: string; readonly IPAMConfig: { readonly IPv4Address?: string } | null }>
>;

const given = (address: string, NetworkID = "net-2"): Networks => ({
  net: { NetworkID, IPAMConfig: { IPv4Address: address } },
});
const IN_PLACE = { node: { net: { NetworkID: "net-2", IPAMConfig: null } }, vm: given("192.168.10.200") };

/** A docker whose containers are on these networks, and that connects them unless it refuses. */
async function plugged(
  on: { readonly node: Networks; readonly vm: Networks },
  { refuses = false, hasNetwork = true } = {},
) {
  const row = (name: string) => `'["${name}","lab","id","/state","${name}","","running"]'`;
  const bin = new FakeBin({
    docker: `case "$1 $2" in
  "ps "*) printf '%s\\n' ${row("vm")} ${row("node")} '["mine","","","","","net","running"]' ;;
  "network ls") ${hasNetwork ? `echo '["net","lab","id","/state","","net-2"]'` : ""} ;;
  "container inspect") printf '%s\\n' '${JSON.stringify(on.node)}' '${JSON.stringify(on.vm)}' ;;
  "network connect") ${refuses ? "echo 'Address already in use' >&2; exit 1" : ""} ;;
  "cp node:/kind/old-ipv4") printf 192.168.10.10 >"$FOLDER/old-ipv4"; tar -C "$FOLDER" -cf - old-ipv4 ;;
esac`,
  });
  const { env, scene, said } = healScene(bin);
  const made = { session: { env }, expected } as unknown as LookScene;
  const report = await plugIn({ ...scene, owner, made });
  const changes = bin.calls().filter((call) => /^docker network (dis)?connect/.test(call));
  return { report, changes, said: said() };
}

describe("a container of the stack", () => {
  it("stays as it is at its place on the network, also if it is on a second one", async () => {
    const { report, changes, said } = await plugged({
      ...IN_PLACE,
      vm: { ...IN_PLACE.vm, mine: { IPAMConfig: null } },
    });
    expect([report, changes, said]).toEqual([{ repaired: [], failed: [] }, [], ""]);
  });

  it.each<[string, Partial<typeof IN_PLACE>, readonly string[]]>([
    [
      "a node that is off the network, at the address that it knows itself",
      { node: {} as never },
      ["docker network connect --ip 192.168.10.10 net node"],
    ],
    ["a VM that is off the network", { vm: {} }, ["docker network connect --ip 192.168.10.200 net vm"]],
    [
      "a VM that is on another network only",
      { vm: { bridge: { IPAMConfig: null } } },
      ["docker network connect --ip 192.168.10.200 net vm"],
    ],
    [
      "a VM that was put back at another address",
      { vm: given("192.168.10.77") },
      ["docker network disconnect --force net vm", "docker network connect --ip 192.168.10.200 net vm"],
    ],
    [
      "a VM that was put back without an address",
      { vm: { net: { NetworkID: "net-2", IPAMConfig: {} } } },
      ["docker network disconnect --force net vm", "docker network connect --ip 192.168.10.200 net vm"],
    ],
    [
      "a VM whose network was removed and recreated",
      { vm: given("192.168.10.200", "net-1") },
      ["docker network disconnect --force net vm", "docker network connect --ip 192.168.10.200 net vm"],
    ],
    [
      "a node whose network was removed and recreated",
      { node: { net: { NetworkID: "net-1", IPAMConfig: null } } },
      ["docker network disconnect --force net node", "docker network connect --ip 192.168.10.10 net node"],
    ],
  ])("is put back: %s", async (_, on, wanted) => {
    const { report, changes, said } = await plugged({ ...IN_PLACE, ...on });
    const name = wanted[0]?.split(" ").at(-1) ?? "";
    const done = `the container ${name} was put back on the network net`;
    expect([report, changes, said]).toEqual([{ repaired: [{ name, done }], failed: [] }, wanted, `${done}\n`]);
  });

  it.each([
    ["was never started: Docker notes no network's id before that", given("192.168.10.200", ""), true],
    ["has lost its network: there is none to put it back on", given("192.168.10.200", "net-1"), false],
  ])("is left alone if it %s", async (_, vm, hasNetwork) => {
    const { report, changes } = await plugged({ ...IN_PLACE, vm }, { hasNetwork });
    expect([report, changes]).toEqual([{ repaired: [], failed: [] }, []]);
  });

  it("that Docker does not put back is named with Docker's reason, and with who may have its address", async () => {
    const { report } = await plugged({ ...IN_PLACE, vm: {} }, { refuses: true });
    expect(report.repaired).toEqual([]);
    expect(report.failed).toMatchObject([
      {
        name: "vm",
        shows: "the container vm is on the network net",
        actual:
          "exit code 1\nAddress already in use\n" +
          "on the lab's network, and not the lab's: mine; disconnect it: docker network disconnect --force net mine",
      },
    ]);
  });
});
