import { describe, expect, it } from "vitest";
import type { EngineEvent } from "../../lab/cli/pulumi/engine-events";
import { parseEvent, resourceName } from "../../lab/cli/pulumi/engine-events";
import { UpdateProgress } from "../../lab/cli/ui/progress";
import { table } from "../../lab/cli/ui/table";
import { elapsed, terminalOf, type Terminal } from "../../lab/cli/ui/terminal";

const urn = (name: string) => `urn:pulumi:dev::istio-lab::istio-lab:vm:VmLab$command:local:Command::${name}`;
const step = (name: string, op = "create", custom = true) => ({
  metadata: { op, urn: urn(name), type: "command:local:Command", new: { custom } },
});

/** Plays events at given times and returns what is shown. */
function show(events: readonly (readonly [number, EngineEvent])[], terminal: Partial<Terminal> = {}): string {
  let now = 0;
  let text = "";
  const stream = { write: (more: string) => (text += more) };
  const progress = new UpdateProgress(stream, { isLive: false, hasColour: false, columns: 80, ...terminal }, () => now);
  for (const [at, event] of events) {
    now = at * 1000;
    progress.handle(event);
  }
  progress.stop();
  return text;
}

describe("the progress of an update", () => {
  it("is one line a finished step, with the time since the start and the time it took", () => {
    const events = [
      [1, { resourcePreEvent: step("cluster") }],
      [2, { resourcePreEvent: step("vm", "update") }],
      [4.5, { resOutputsEvent: step("vm", "update") }],
      [15, { resOutputsEvent: step("cluster") }],
    ] as const;
    expect(show(events)).toBe("   4.5 s  ~ vm  2.5 s\n  15.0 s  + cluster  14.0 s\n");
  });

  it("leaves out components and what stays the same", () => {
    const events = [
      [1, { resourcePreEvent: step("lab", "create", false) }],
      [1, { resOutputsEvent: step("lab", "create", false) }],
      [1, { resourcePreEvent: step("vm", "same") }],
      [1, { resOutputsEvent: step("vm", "same") }],
    ] as const;
    expect(show(events)).toBe("");
  });

  const failed = (message: string, name = "cluster") => ({
    diagnosticEvent: { severity: "error", message, urn: urn(name) },
  });

  it("names the step that failed, then its reason, once, and not that the update failed with it", () => {
    const reason = 'exit status 1: running "kind-create.sh":\nno image\n\n';
    const events = [
      [1, { resourcePreEvent: step("cluster") }],
      [2, failed(reason)],
      [2, failed(reason)],
      [2, { resOpFailedEvent: step("cluster") }],
      [2, failed(reason)],
      [3, { diagnosticEvent: { severity: "error", message: "update failed\n" } }],
    ] as const;
    expect(show(events)).toBe("   2.0 s  ! cluster  1.0 s  failed\n    no image\n");
  });

  it.each([
    ["of a step whose end never comes", [[1, { resourcePreEvent: step("cluster") }]]],
    ["of a resource that is no step", []],
  ] as const)("shows the reason %s with its name", (_, before) => {
    expect(show([...before, [2, failed("it ended\n")]])).toBe("  cluster: it ended\n");
  });

  it("shows that the update failed if nothing else was said", () => {
    expect(show([[1, { diagnosticEvent: { severity: "error", message: "update failed\n" } }]])).toBe(
      "  update failed\n",
    );
  });

  it("shows the same reason of two steps twice", () => {
    const events = [
      [1, { resourcePreEvent: step("west") }],
      [1, { resourcePreEvent: step("east") }],
      [2, failed("no image", "west")],
      [2, failed("no image", "east")],
      [2, { resOpFailedEvent: step("east") }],
      [2, { resOpFailedEvent: step("west") }],
    ] as const;
    expect(show(events)).toBe(
      "   2.0 s  ! east  1.0 s  failed\n    no image\n   2.0 s  ! west  1.0 s  failed\n    no image\n",
    );
  });

  it.each([
    ["debug", false],
    ["info", false],
    ["info#err", true],
    ["warning", true],
    ["error", true],
  ])("shows a message of severity %s: %s", (severity, isShown) => {
    expect(show([[1, { diagnosticEvent: { severity, message: "words" } }]])).toBe(isShown ? "  words\n" : "");
  });

  it("shows a warning once, whatever number of resources it is about, and every other message", () => {
    const about = (severity: string, message: string, name: string) => ({
      diagnosticEvent: { severity, message, urn: `urn:pulumi:lab::istio-lab::x:y:Z::${name}` },
    });
    expect(
      show([
        [1, about("warning", "the cluster is unreachable", "a")],
        [1, about("warning", "the cluster is unreachable", "b")],
        [1, about("warning", "the field is old", "b")],
        [1, about("info#err", "said", "a")],
        [1, about("info#err", "said", "a")],
      ]),
    ).toBe("  a: the cluster is unreachable\n  b: the field is old\n  a: said\n  a: said\n");
  });

  it("shows the steps that run now on a terminal, and takes them away at the end", () => {
    const text = show(
      [
        [1, { resourcePreEvent: step("cluster") }],
        [2, { resourcePreEvent: step("vm") }],
        [4, { resOutputsEvent: step("vm") }],
      ],
      { isLive: true },
    );
    expect(text).toBe("   4.0 s  + vm  2.0 s\n          … cluster  3.0 s\n\u001b[1A\u001b[J");
  });
});

describe("a line of the engine", () => {
  it.each([
    [
      '{"summaryEvent":{"durationSeconds":1,"resourceChanges":{}}}',
      { summaryEvent: { durationSeconds: 1, resourceChanges: {} } },
    ],
    ["error: no such stack", undefined],
    ["{broken", undefined],
  ])("%s", (line, event) => {
    expect(parseEvent(line)).toEqual(event);
  });

  it("names a resource by the end of its URN", () => {
    expect(resourceName(urn("k3s-s-create"))).toBe("k3s-s-create");
  });
});

describe("text for a terminal", () => {
  it.each([
    [0.04, "0.0 s"],
    [12.34, "12.3 s"],
    [100, "1 min 40 s"],
    [187.2, "3 min 07 s"],
  ])("%d seconds are %s", (seconds, text) => {
    expect(elapsed(seconds)).toBe(text);
  });

  it("lines up columns and leaves no blanks at line ends", () => {
    expect(
      table(
        [
          ["a", "long", "x"],
          ["bbb", "c", ""],
        ],
        { header: ["H", "I", "J"] },
      ),
    ).toBe("  H    I     J\n  a    long  x\n  bbb  c");
  });

  it.each([
    ["a terminal has colour", { isTTY: true }, {}, { isLive: true, hasColour: true }],
    ["NO_COLOR takes it away", { isTTY: true }, { NO_COLOR: "1" }, { isLive: true, hasColour: false }],
    ["a pipe has none", { isTTY: false }, {}, { isLive: false, hasColour: false, columns: Number.POSITIVE_INFINITY }],
    ["CI redraws nothing", { isTTY: true }, { CI: "true" }, { isLive: false, hasColour: true }],
  ])("%s", (_title, stream, env, wanted) => {
    expect(terminalOf(stream, env)).toEqual({ columns: 100, ...wanted });
  });
});
