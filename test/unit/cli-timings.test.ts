import { describe, expect, it } from "vitest";
import type { EngineEvent } from "../../lab/cli/pulumi/engine-events";
import { timesTable } from "../../lab/cli/ui/timings-table";
import { reportTimes, StepClock, type StepTime } from "../../lab/cli/ui/timings";

const time = (name: string, start: number, end: number): StepTime => ({
  urn: `urn::${name}`,
  op: "create",
  start,
  end,
});
const names = (steps: readonly StepTime[]) => steps.map((step) => step.urn.slice(5));

describe("where the time went", () => {
  // The VM boots beside the cluster; Istio waits for the cluster through a component, the join for both.
  const steps = [
    time("cluster", 0, 14_000),
    time("vm", 0, 4_000),
    time("istio", 14_500, 23_500),
    time("join", 23_600, 26_600),
  ];
  const dependencies = new Map([
    ["urn::istio", ["urn::component"]],
    ["urn::component", ["urn::cluster"]],
    ["urn::join", ["urn::vm", "urn::istio"]],
  ]);

  it("tells wall time, sum and the longest steps first", () => {
    const report = reportTimes(steps, dependencies);
    expect([report.wall, report.sum]).toEqual([26_600, 30_000]);
    expect(names(report.longest)).toEqual(["cluster", "istio", "vm", "join"]);
  });

  it("tells the chain of steps that decided it, through what took no time itself", () => {
    expect(names(reportTimes(steps, dependencies).criticalPath)).toEqual(["cluster", "istio", "join"]);
  });

  it("ends for resources that wait for each other in a circle of components", () => {
    const circle = new Map([
      ["urn::join", ["urn::a"]],
      ["urn::a", ["urn::b"]],
      ["urn::b", ["urn::a"]],
    ]);
    expect(names(reportTimes(steps, circle).criticalPath)).toEqual(["join"]);
  });

  it("is nothing for an update without steps", () => {
    expect(reportTimes([], new Map())).toEqual({ wall: 0, sum: 0, longest: [], criticalPath: [] });
    expect(timesTable(reportTimes([], new Map()))).toBe("");
  });

  it("is a short table: steps under 0.1 s are left out", () => {
    const report = reportTimes([...steps, time("blink", 0, 50)], dependencies);
    expect(timesTable(report, 2)).toBe(
      [
        "where the time went",
        "  cluster  14.0 s",
        "  istio    9.0 s",
        "  in all 26.6 s for steps of 30.1 s",
        "  decided by: cluster 14.0 s → istio 9.0 s → join 3.0 s",
        "",
      ].join("\n"),
    );
  });
});

describe("the clock", () => {
  const metadata = (op: string, custom = true) => ({ metadata: { op, urn: "urn::x", type: "t", new: { custom } } });
  it.each<[string, EngineEvent, EngineEvent, number]>([
    ["a step that ends", { resourcePreEvent: metadata("create") }, { resOutputsEvent: metadata("create") }, 1],
    ["a step that fails", { resourcePreEvent: metadata("create") }, { resOpFailedEvent: metadata("create") }, 1],
    [
      "no component",
      { resourcePreEvent: metadata("create", false) },
      { resOutputsEvent: metadata("create", false) },
      0,
    ],
    ["nothing that stays the same", { resourcePreEvent: metadata("same") }, { resOutputsEvent: metadata("same") }, 0],
  ])("counts %s", (_title, before, after, count) => {
    let now = 1000;
    const clock = new StepClock(() => now);
    clock.handle(before);
    now = 3500;
    clock.handle(after);
    expect(clock.steps().map(({ start, end }) => [start, end])).toEqual(count === 1 ? [[1000, 3500]] : []);
  });
});
