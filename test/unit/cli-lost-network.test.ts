import { PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { MADE_VARIABLE } from "../../infra/core/made";
import { restoreNetworks } from "../../lab/cli/heal/lost-networks";
import { expectedOf } from "../../lab/cli/look/expected";
import { restoreOrGiveUp } from "../../lab/cli/look/given-up";
import { lostNetworks, type LookScene } from "../../lab/cli/look/look";
import { UserError } from "../../lab/cli/ui/user-error";
import { FakeBin } from "../support/fake-bin";
import { healScene } from "../support/heal-scene";

const PLACE = "192.168.11.0/24 192.168.11.10/31 192.168.11.1";
const OTHER = "192.168.10.0/24 192.168.10.10/31 192.168.10.1";
const LABELS = "--label istio-lab.stack=lab --label istio-lab.state=id --label istio-lab.folder=/state";
const CREATE = `docker network create --driver bridge --subnet 192.168.11.0/24 --ip-range 192.168.11.10/31 --gateway 192.168.11.1 ${LABELS} net`;
const TAKEN =
  "no free network for net, of 1 tried: 192.168.11.0/24 overlaps the Docker network theirs; free that range; " +
  "without that, npm run up -- --stack lab --yes recreates the lab on other addresses, and what was done in it is lost";

const step = (name: string, kind: "container" | "network", environment: Readonly<Record<string, string>>) => ({
  urn: `urn:${name}`,
  type: "command:local:Command",
  inputs: { environment: { ...environment, [MADE_VARIABLE]: JSON.stringify({ kind, name }) } },
  outputs: kind === "network" ? { stdout: '{"cidr":"192.168.11.0/24","note":""}' } : {},
});

/** A lab of a network, which is gone, and of two containers, one of which is there; `takes` has somebody else take the addresses. */
function lostNetwork(takes: boolean, candidates = `${OTHER}\n${PLACE}`) {
  const refusal = `echo "Pool overlaps with other one on this address space" >&2; exit 1`;
  const bin = new FakeBin({
    ip: "true",
    docker: `case "$*" in
  "ps "*) echo '["vm","lab","id","/state","vm","","exited"]' ;;
  "network ls --quiet") echo 1 ;;
  *IPAM.Config*" 1") echo "theirs 192.168.8.0/21" ;;
  "network inspect"*) echo "network net not found" >&2; exit 1 ;;
  "network create"*) ${takes ? refusal : "echo id"} ;;
esac`,
  });
  const { env, scene, said } = healScene(bin);
  const owner = { stack: "lab", stateId: "id", stateFolder: "/state" };
  const expected = expectedOf(
    [
      step("net", "network", { CANDIDATES: candidates }),
      step("vm", "container", { NETWORK: "net", ADDRESS: "192.168.11.200" }),
      step("gone", "container", { NETWORK: "net" }),
    ],
    [],
  );
  const made = {
    session: { stack: "lab", qualifiedStack: "lab", backend: { ownFolder: "/none", environment: {} }, env, owner },
    outputs: scene.outputs,
    expected,
  } as unknown as LookScene;
  return {
    made,
    owner,
    lost: lostNetworks(made, [{ kind: "container", name: "vm", state: "exited" }]),
    workstation: scene.workstation,
    journal: scene.journal,
    said,
    creations: () => bin.calls().filter((call) => call.startsWith("docker network create")),
  };
}

describe("a network that is gone while a container on it stands", () => {
  it("is recreated by heal at the addresses that it had, which need not be the first that the lab would take", async () => {
    const { said, creations, ...scene } = lostNetwork(false);
    const done = "the network net was gone, and was created again at its addresses";
    expect(await restoreNetworks(scene)).toEqual({ repaired: [{ name: "net", done }], failed: [] });
    expect([said(), creations()]).toEqual([`${done}\n`, [CREATE]]);
  });

  it.each([
    ["somebody else has its addresses now", true, undefined, TAKEN],
    [
      "the state does not tell its addresses",
      false,
      OTHER,
      expect.stringMatching(/^the state does not tell the addresses of the network net; without that, /) as string,
    ],
  ])("is named by heal, which changes nothing, if %s", async (_, takes, candidates, actual) => {
    const { said, ...scene } = lostNetwork(takes, candidates);
    const { repaired, failed } = await restoreNetworks(scene);
    expect([repaired, said()]).toEqual([[], ""]);
    expect(failed).toMatchObject([{ name: "net", shows: "the network net is there", outcome: "fail", actual }]);
  });
});

/** What `up` does about it if the user answers; without an answer there is no terminal. */
async function upAnswered(takes: boolean, answer?: string, yes = false) {
  const { made, lost, journal, said } = lostNetwork(takes);
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const input = Object.assign(new PassThrough(), { isTTY: answer !== undefined });
  const output = Object.assign(new PassThrough(), { isTTY: answer !== undefined });
  input.end(answer);
  try {
    const options = { yes, repeat: "npm run up -- --yes" };
    const givenUp = await restoreOrGiveUp(lost, made, journal, options, { input, output }).catch(
      (error: unknown) => error,
    );
    const told = write.mock.calls.map(([text]) => String(text)).join("");
    return { givenUp, said: said(), told, asked: String(output.read() ?? "") };
  } finally {
    write.mockRestore();
  }
}

describe("up, if a network is gone while a container on it stands", () => {
  const question = "stack lab: this removes container vm, with all that was done there; continue?";

  it("recreates it and asks nothing", async () => {
    const { givenUp, said, told, asked } = await upAnswered(false, "n\n");
    expect([givenUp, told, asked]).toEqual([[], "", ""]);
    expect(said).toBe("the network net was gone, and was created again at its addresses\n");
  });

  it.each([
    ["the user agrees", "y\n", false, `${question} [y/N] `],
    ["the user has agreed", undefined, true, ""],
  ])("gives up the containers that stand if its addresses are taken and %s", async (_, answer, yes, wanted) => {
    const { givenUp, told, asked } = await upAnswered(true, answer, yes);
    expect(givenUp).toEqual([{ urn: "urn:vm", what: "container vm" }]);
    expect([told, asked]).toEqual([`${TAKEN}\n`, wanted]);
  });

  it.each([
    ["the user does not agree", "n\n", new UserError("nothing was removed")],
    [
      "nobody can be asked",
      undefined,
      new UserError(`${question} There is no terminal to ask on; to agree in advance: npm run up -- --yes`, 2),
    ],
  ])("does nothing if its addresses are taken and %s", async (_, answer, error) => {
    const { givenUp, told } = await upAnswered(true, answer);
    expect([givenUp, told]).toEqual([error, `${TAKEN}\n`]);
  });
});
