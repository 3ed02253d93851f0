import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { withoutSdkFrames, withShortStack } from "../../lab/short-stack";

const FRAMES = [
  "    at parseLabConfig (/home/a/istio-lab/lab/config.ts:79:11)",
  "    at Stack.initialize (/home/a/istio-lab/node_modules/@pulumi/runtime/stack.ts:78:28)",
  "    at Stack.initializeAndRegisterOutputs (/home/a/istio-lab/node_modules/@pulumi/resource.ts:1598:22)",
];

describe("an error of the program", () => {
  it("keeps its message and the frames of the program's own code", () => {
    const stack = ["Error: at node_modules/@pulumi/ it went wrong", ...FRAMES].join("\n");
    expect(withoutSdkFrames(stack)).toBe(`Error: at node_modules/@pulumi/ it went wrong\n${FRAMES[0]}`);
  });

  it("can be printed in colour, as Pulumi does, at once", async () => {
    const mistake = new Error("a mistake");
    mistake.stack = ["Error: a mistake", ...FRAMES].join("\n");
    await expect(withShortStack(() => Promise.reject(mistake))).rejects.toBe(mistake);
    const started = Date.now();
    expect(inspect(mistake, { colors: true })).toContain("lab/config.ts");
    expect(Date.now() - started).toBeLessThan(1000);
  });

  it("is no obstacle to a program without one", async () => {
    await expect(withShortStack(() => Promise.resolve("outputs"))).resolves.toBe("outputs");
  });
});
