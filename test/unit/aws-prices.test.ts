import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { describeCost, hourlyCost } from "../../infra/core/aws-prices";

const notes = {
  region: "ap-northeast-2",
  instanceTypes: ["t3.xlarge", "t3.small"],
  volumeGibibytes: 60,
  publicAddresses: 2,
};

describe("what the lab costs by the hour", () => {
  it("is, for the notes' lab, two instances, two volumes and two addresses", () => {
    // 0.208 + 0.026 for the instances, 60 * 0.0912 / 730 = 0.0075 for the volumes, 2 * 0.005 for the addresses.
    expect(hourlyCost(notes)).toEqual({
      perHour: 0.2515,
      stopped: 0.0175,
      currency: "USD",
      asOf: "2025-11",
      unknown: [],
    });
  });

  it.each([
    // Volumes: 60 * 0.08 / 730 = 0.0066.
    ["us-east-1", 0.2038, 0.0166],
    ["us-east-2", 0.2038, 0.0166],
    ["us-west-2", 0.2038, 0.0166],
    // 0.2176 + 0.0272 + 60 * 0.096 / 730 (0.0079) + 0.01.
    ["ap-northeast-1", 0.2627, 0.0179],
    // 0.2112 + 0.0264 + 0.0079 + 0.01.
    ["ap-southeast-1", 0.2555, 0.0179],
    // 0.1824 + 0.0228 + 60 * 0.088 / 730 (0.0072) + 0.01.
    ["eu-west-1", 0.2224, 0.0172],
    // 0.192 + 0.024 + 60 * 0.0952 / 730 (0.0078) + 0.01.
    ["eu-central-1", 0.2338, 0.0178],
  ])("is, in %s, %d and %d stopped", (region, perHour, stopped) => {
    expect(hourlyCost({ ...notes, region })).toMatchObject({ perHour, stopped, unknown: [] });
  });

  it.each([
    ["t3.medium", 0.052],
    ["t3.large", 0.104],
    ["t3.2xlarge", 0.416],
  ])("counts %s by its price", (type, perHour) => {
    expect(hourlyCost({ ...notes, instanceTypes: [type], volumeGibibytes: 0, publicAddresses: 0 }).perHour).toBe(
      perHour,
    );
  });

  it("leaves out instance types that have no price here, and names each once", () => {
    const instanceTypes = ["t3.small", "m5.large", "c5.large", "m5.large"];
    expect(hourlyCost({ ...notes, instanceTypes })).toMatchObject({
      perHour: 0.0435,
      stopped: 0.0175,
      unknown: ["m5.large", "c5.large"],
    });
  });

  it("knows nothing but the addresses of a region that has no prices here, and names it", () => {
    expect(hourlyCost({ ...notes, region: "sa-east-1" })).toMatchObject({
      perHour: 0.01,
      stopped: 0.01,
      unknown: ["sa-east-1"],
    });
  });
});

describe("a cost in words", () => {
  it.each([
    [[], "about 0.2515 USD an hour, 0.0175 while stopped (price list of 2025-11)"],
    [
      ["x9.large", "nowhere-1"],
      "about 0.2515 USD an hour, 0.0175 while stopped (price list of 2025-11), and what is not in the price table: x9.large, nowhere-1",
    ],
  ])("names what the table does not know: %j", (unknown, words) => {
    expect(describeCost({ ...hourlyCost(notes), unknown })).toBe(words);
  });
});

describe("the cost in the README", () => {
  it("is the one that the price table gives for the notes' lab", () => {
    const { perHour, stopped, asOf } = hourlyCost(notes);
    const readme = readFileSync("README.md", "utf8");
    const cellOf = (row: string) => new RegExp(`^\\| ${row} +\\| ([0-9.]+) +\\|$`, "m").exec(readme)?.[1];
    expect([
      Number(/\*\*in all, while it runs\*\* +\| \*\*([0-9.]+)\*\*/.exec(readme)?.[1]),
      Number(cellOf("while it is stopped \\(volumes and addresses\\)")),
      readme.includes(`the price list of ${asOf} for ap-northeast-2`),
    ]).toEqual([perHour, stopped, true]);
  });
});
