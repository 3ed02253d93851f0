import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Scenario } from "../../infra/core/check";
import { putBackScenario } from "../../lab/cli/heal/unfinished-scenario";
import { HealJournal } from "../../lab/cli/heal/journal";
import { workstationOf } from "../../lab/cli/verify/command-runner";
import { runScenario } from "../../lab/cli/verify/scenario-runner";
import { ScenarioNote } from "../../lab/cli/verify/unfinished";
import { testFolder } from "../support/test-folder";

// Between two looks at what does not hold 30 s pass by the clock, and none in truth.
vi.mock("../../infra/core/clock", async () => {
  const { TestClock } = await import("../support/test-clock");
  return { realClock: new TestClock(100) };
});

let folder: string;
beforeEach(() => {
  folder = testFolder();
});

const noteFile = () => join(folder, "scenario.json");
const leave = (name: string) => writeFileSync(noteFile(), JSON.stringify({ name }));

/** A scenario that makes a file and removes it. */
function scenario(restore = `rm '${join(folder, "changed")}'`): Scenario {
  return {
    name: "forum-stopped",
    shows: "",
    precondition: { wanted: "", inTheWay: { on: "workstation", run: "true" } },
    change: {
      on: "workstation",
      run: `touch '${join(folder, "changed")}'; cp '${noteFile()}' '${join(folder, "noted")}'`,
    },
    checks: [],
    restore: { on: "workstation", run: restore },
    afterwards: [
      {
        name: "as-before",
        shows: "",
        source: "",
        command: { on: "workstation", run: `[ ! -e '${join(folder, "changed")}' ]` },
        expect: {},
        deadlineSeconds: 60,
      },
    ],
  };
}

const workstation = workstationOf({ clusters: [], hosts: [] }, { ...process.env });
const signal = new AbortController().signal;

describe("a scenario", () => {
  it("is noted before it changes anything, and forgotten when the lab is as before", async () => {
    const note = new ScenarioNote(folder);
    const results = await runScenario(scenario(), workstation, { signal, onResult: () => undefined, note });
    expect(results.map(({ name, outcome }) => [name, outcome])).toEqual([["forum-stopped/as-before", "pass"]]);
    expect([existsSync(noteFile()), note.unfinished()]).toEqual([false, undefined]);
    expect(JSON.parse(readFileSync(join(folder, "noted"), "utf8"))).toEqual({ name: "forum-stopped" });
  });

  it("stays noted if it could not be put back", async () => {
    const note = new ScenarioNote(folder);
    const options = { signal, onResult: () => undefined, note };
    const results = await runScenario(scenario("exit 3"), workstation, options);
    expect(results.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["forum-stopped/restore", "fail"],
      ["forum-stopped/as-before", "fail"],
    ]);
    expect(note.unfinished()).toBe("forum-stopped");
  });
});

describe("a note that cannot be written", () => {
  it("keeps the scenario from changing anything", async () => {
    const note = new ScenarioNote(join(folder, "gone"));
    const options = { signal, onResult: () => undefined, note };
    await expect(runScenario(scenario(), workstation, options)).rejects.toThrow(
      /^\S+\/gone\/scenario\.json: cannot be written \(ENOENT: .*\), and without it nobody could put back what the scenario forum-stopped changes$/,
    );
    expect(existsSync(join(folder, "changed"))).toBe(false);
  });
});

describe("what a killed verify has changed", () => {
  const putBack = (scenarios: readonly Scenario[]) =>
    putBackScenario({
      scenarios,
      note: new ScenarioNote(folder),
      workstation,
      signal,
      journal: new HealJournal({ write: () => true }, { isLive: false, hasColour: false, columns: 80 }),
    });

  it("is put back by heal, which looks whether all is as before", async () => {
    leave("forum-stopped");
    writeFileSync(join(folder, "changed"), "");
    const report = await putBack([scenario()]);
    expect(report).toEqual({
      repaired: [
        { name: "forum-stopped", done: "what the interrupted scenario forum-stopped had changed was put back" },
      ],
      failed: [],
    });
    expect((await putBack([scenario()])).repaired).toEqual([]);
  });

  it("is what heal says it could not put back", async () => {
    leave("forum-stopped");
    const { repaired, failed } = await putBack([scenario("exit 3")]);
    expect([repaired, failed.map(({ name }) => name)]).toEqual([[], ["forum-stopped/restore"]]);
    expect(new ScenarioNote(folder).unfinished()).toBe("forum-stopped");
  });

  it.each([
    ["nothing, if there is no note", undefined],
    ["nothing, if a kill left half a note: it comes before the change", '{"name":"forum-st'],
  ])("is %s", async (_, text) => {
    if (text !== undefined) {
      writeFileSync(noteFile(), text);
    }
    expect(await putBack([scenario("exit 3")])).toEqual({ repaired: [], failed: [] });
  });
});
