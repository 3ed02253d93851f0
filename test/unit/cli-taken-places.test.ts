import { createServer, type AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nameHolders } from "../../lab/cli/heal/taken-places";
import type { CheckResult } from "../../lab/cli/verify/expectation";
import { FakeBin } from "../support/fake-bin";

const server = createServer();
const ownPort = () => (server.address() as AddressInfo).port;
beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
afterAll(() => void server.close());

const failure = (actual: string): CheckResult => ({
  ...{ name: "node", shows: "the container node runs", source: "", outcome: "fail", seconds: 1 },
  actual,
});

/** What is added to Docker's words for a container that does not start. */
async function added(actual: string) {
  const bin = new FakeBin({
    docker: `printf 'web\\trunning\\t127.0.0.1:31999->80/tcp\\t\\t\\t\\t\\t\\n'`,
    ss: `echo 'LISTEN 0 511 127.0.0.1:${ownPort()} 0.0.0.0:* users:(("server",pid=1,fd=3))'`,
  });
  const env = bin.environment;
  const strangers = [{ kind: "container", name: "mine", network: "net" }] as const;
  const { failed } = await nameHolders({ repaired: [], failed: [failure(actual)] }, strangers, env);
  return failed[0]?.actual?.slice(actual.length);
}

describe("a container that does not start because its place is taken", () => {
  it.each([
    [
      "a port that another container publishes",
      () =>
        "driver failed programming external connectivity: Bind for 127.0.0.1:31999 failed: port is already allocated",
      () => "\nport 31999 is taken by container web; stop it",
    ],
    [
      "a port on which a process listens",
      () => `failed to bind host port for 127.0.0.1:${ownPort()}:172.18.0.2:22/tcp: address already in use`,
      () => `\nport ${ownPort()} is taken by process server; stop it`,
    ],
    [
      "its address on the lab's network",
      () => "Error response from daemon: Address already in use",
      () =>
        "\non the lab's network, and not the lab's: mine; disconnect it: docker network disconnect --force net mine",
    ],
    ["nothing, for another reason", () => "no space left on device", () => ""],
  ])("is told who has %s", async (_, said, wanted) => {
    expect(await added(said())).toBe(wanted());
  });
});
