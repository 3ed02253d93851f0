import { describe, expect, it } from "vitest";
import { sampleReport } from "../support/trace-report";
import { claimed, openedOnWire } from "../support/wire";

const onNode = `1700000000.000100 eth0  In  IP 172.18.0.3.41234 > 172.18.0.2.30000: Flags [S], seq 1, length 0
1700000000.000200 veth1 Out IP 172.18.0.3.41234 > 10.10.0.9.8080: Flags [S], seq 1, length 0
1700000000.000900 veth1 In  IP 10.10.0.9.46038 > 10.10.0.26.80: Flags [S], seq 2, length 0
1700000000.000950 veth2 Out IP 10.10.0.9.46038 > 10.10.0.26.80: Flags [S], seq 2, length 0
`;
const inPod = `1700000000.000960 eth0  In  IP 10.10.0.9.46038 > 10.10.0.26.80: Flags [S], seq 2, length 0
1700000000.002000 lo    In  IP 127.0.0.6.58477 > 10.10.0.26.80: Flags [S], seq 3, length 0
`;

describe("an independent capture", () => {
  it("is what a true trace claims, hop by hop", () => {
    expect(claimed(sampleReport())).toEqual(openedOnWire(onNode, inPod));
    expect(openedOnWire(onNode, inPod)).toHaveLength(4);
  });

  it("contradicts a trace with a hop less, one more, or two of them changed over", () => {
    const report = sampleReport();
    const { hops } = report;
    const without = hops.filter(({ kind }) => kind !== "envoy-gateway");
    const gateway = hops.find(({ kind }) => kind === "envoy-gateway")!;
    const invented = [...hops.slice(0, 5), { ...gateway, destination: "10.10.0.99:8080" }, ...hops.slice(5)];
    for (const wrong of [without, invented, hops.toReversed()]) {
      expect(claimed({ ...report, hops: wrong })).not.toEqual(openedOnWire(onNode, inPod));
    }
  });
});
