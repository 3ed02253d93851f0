import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it, vi } from "vitest";
import { standingOutput, STANDING_OUTPUTS, standingOutputs } from "../../infra/core/standing-outputs";
import { LocalRunner } from "../../infra/exec/runner";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** What others see of the output of a step that prints `fresh` in an update. */
async function printed(isPreview: boolean, known: Readonly<Record<string, unknown>> | undefined): Promise<string> {
  if (known !== undefined) {
    vi.stubEnv(STANDING_OUTPUTS, standingOutputs(known));
  }
  await pulumi.runtime.setMocks(
    { newResource: ({ name }) => ({ id: name, state: { stdout: "fresh" } }), call: () => ({}) },
    "project",
    "stack",
    isPreview,
  );
  const step = new LocalRunner().step("network-create", { create: "epoch.sh", identity: [] });
  return new Promise((resolve) => step.stdout.apply(resolve));
}

describe("what a step will print", () => {
  it.each([
    ["in a preview what the command line says", true, { "network-create": "as before" }, "as before"],
    ["in a preview what Pulumi says if the command line does not know the step", true, { other: "x" }, "fresh"],
    ["in a preview what Pulumi says without the command line", true, undefined, "fresh"],
    ["in an update what it prints", false, { "network-create": "as before" }, "fresh"],
  ])("is %s", async (_, isPreview, known, wanted) => {
    expect(await printed(isPreview, known)).toBe(wanted);
  });

  it("is handed on if it is a short text: a secret is none, and all have to fit into a variable", () => {
    const text = standingOutputs({ a: "x".repeat(2048), b: "x".repeat(2049), c: { ciphertext: "x" }, d: undefined });
    expect(JSON.parse(text)).toEqual({ a: "x".repeat(2048) });
    expect(standingOutput("a", { [STANDING_OUTPUTS]: text })).toBe("x".repeat(2048));
    expect(standingOutput("b", { [STANDING_OUTPUTS]: text })).toBeUndefined();
    expect(standingOutput("a", {})).toBeUndefined();
  });
});
