import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { shortenStack, withoutSdkFrames } from "../../infra/runtime/short-stack";

const FRAMES = [
  "    at parseLabConfig (/home/a/istio-lab/lab/config.ts:79:11)",
  "    at Stack.initialize (/home/a/istio-lab/node_modules/@pulumi/runtime/stack.ts:78:28)",
  "    at Stack.initializeAndRegisterOutputs (/home/a/istio-lab/node_modules/@pulumi/resource.ts:1598:22)",
];

/** An error as Pulumi's SDK throws it on. */
function mistake(message: string): Error {
  const error = new Error(message);
  error.stack = [`Error: ${message}`, ...FRAMES].join("\n");
  return error;
}

const shortStack = (message: string) => `Error: ${message}\n${FRAMES[0]}`;

describe("an error of the program", () => {
  it("keeps its message and the frames of the program's own code", () => {
    const stack = ["Error: at node_modules/@pulumi/ it went wrong", ...FRAMES].join("\n");
    expect(withoutSdkFrames(stack)).toBe(`Error: at node_modules/@pulumi/ it went wrong\n${FRAMES[0]}`);
  });

  it("gives inspect, which Pulumi prints it with, no frame to lose itself in", () => {
    const error = mistake("a mistake");
    shortenStack(error);
    expect(inspect(error, { colors: true })).toBe(shortStack("a mistake"));
  });

  it("keeps short what has caused it, and what it collects", () => {
    const [cause, one] = [mistake("cause"), mistake("one")];
    const error = Object.assign(mistake("outer"), { cause, errors: [one, "text"] });
    shortenStack(error);
    expect([error.stack, cause.stack, one.stack]).toEqual(["outer", "cause", "one"].map(shortStack));
  });

  it("may be its own cause", () => {
    const error = mistake("circle");
    error.cause = error;
    shortenStack(error);
    expect(error.stack).toBe(shortStack("circle"));
  });

  it.each([
    ["a frozen one", Object.freeze(mistake("ice"))],
    ["text", "text"],
    ["nothing", undefined],
    ["null", null],
  ])("may be %s, which stays as it is", (_, thrown) => {
    const before = inspect((thrown as Error | undefined)?.message ?? thrown);
    shortenStack(thrown);
    expect(inspect((thrown as Error | undefined)?.message ?? thrown)).toBe(before);
  });
});
