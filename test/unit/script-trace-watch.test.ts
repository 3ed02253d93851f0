import { describe, expect, it } from "vitest";
import { script } from "../../infra/core/script";
import { FakeBin } from "../support/fake-bin";

/** A connection as `ss --info --extended` prints it, in two lines. */
const connection = (port: number, user: string, milliseconds: number) =>
  `0 0 10.10.0.9:${port} 10.10.0.8:9080 ${user} ino:5 sk:1001 cgroup:/x <->\n\t cubic rto:204 lastsnd:${milliseconds} lastrcv:${milliseconds} lastack:1\n`;

describe("a trace, before its request is sent", () => {
  it("closes connections of Envoy's pools that are quiet, and nobody else's", () => {
    const found = [
      connection(4001, "uid:998", 5000),
      connection(4002, "uid:998", 50),
      connection(4003, "uid:1000", 5000),
      // Root's have no user in the list.
      connection(4004, "", 5000),
    ];
    const bin = new FakeBin({
      ss: `case "$*" in *--kill*) ;; *--info*) printf '%s' '${found.join("")}' ;; esac`,
      id: "echo 998",
      ...Object.fromEntries(
        ["curl", "conntrack", "iptables-nft-save", "iptables-legacy-save"].map((name) => [name, "true"]),
      ),
    });
    const environment = {
      ...{ TOKEN: "t", STATIONS: "vm - no -", IDLE: "vm 9080", MARK: "m", CLIENT: "" },
      ...{ URL: "", HOST_NAME: "", RESOLVE: "" },
    };
    const run = bin.run(script("trace-watch.sh", "lab/cli/trace"), environment, "\n\n");
    expect(run.calls.filter((call) => call.includes("--kill"))).toEqual([
      "ss --kill --tcp state established ( dport = :9080 and sport = :4001 )",
    ]);
    expect(run.stdout).toMatch(/^ready\n/);
  });
});
