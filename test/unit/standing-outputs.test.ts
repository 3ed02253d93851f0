import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it, vi } from "vitest";
import { standingOutput, STANDING_OUTPUTS, standingOutputs } from "../../infra/core/standing-outputs";
import { LocalRunner, type StepArgs } from "../../infra/exec/runner";
import { KUBECONFIG } from "../../infra/exec/step-output";

/** What others see of the output of a step that prints `fresh` in an update. */
async function printed(
  isPreview: boolean,
  known: Readonly<Record<string, unknown>> | undefined,
  args: Partial<StepArgs> = {},
): Promise<{ readonly text: string; readonly isSecret: boolean }> {
  if (known !== undefined) {
    vi.stubEnv(STANDING_OUTPUTS, standingOutputs(known));
  }
  await pulumi.runtime.setMocks(
    { newResource: ({ name }) => ({ id: name, state: { stdout: "fresh" } }), call: () => ({}) },
    "project",
    "stack",
    isPreview,
  );
  const step = new LocalRunner().step("network-create", { create: "epoch.sh", identity: [], ...args });
  const text = await new Promise<string>((resolve) => step.stdout.apply(resolve));
  return { text, isSecret: await pulumi.isSecret(step.stdout) };
}

describe("what a step will print", () => {
  it.each([
    ["in a preview what the command line says", true, { "network-create": "as before" }, "as before"],
    ["in a preview what Pulumi says if the command line does not know the step", true, { other: "x" }, "fresh"],
    ["in a preview what Pulumi says without the command line", true, undefined, "fresh"],
    ["in an update what it prints", false, { "network-create": "as before" }, "fresh"],
  ])("is %s", async (_, isPreview, known, wanted) => {
    expect(await printed(isPreview, known)).toEqual({ text: wanted, isSecret: false });
  });

  const kubeconfig = "apiVersion: v1\nclusters: []\nusers: []";
  it.each([
    ["what its file holds", true, {}, "kubeconfig", kubeconfig],
    ["what Pulumi says if there is no file", true, {}, "elsewhere", "fresh"],
    ["what Pulumi says without the command line", true, undefined, "kubeconfig", "fresh"],
    ["in an update what it prints", false, {}, "kubeconfig", "fresh"],
  ])("is, of a secret that a step keeps in a file, a secret: %s", async (_, isPreview, known, name, wanted) => {
    const folder = mkdtempSync(join(tmpdir(), "istio-lab-test-"));
    writeFileSync(join(folder, "kubeconfig"), `${kubeconfig}\n`);
    const environment = { KUBECONFIG_FILE: join(folder, name) };
    const { text, isSecret } = await printed(isPreview, known, { output: KUBECONFIG, environment });
    rmSync(folder, { recursive: true });
    // That the engine keeps what the step prints secret is nothing that mocks know.
    expect([text, isSecret]).toEqual([wanted, wanted === kubeconfig]);
  });

  it("is handed on if it is a short text: a secret is none, and all have to fit into a variable", () => {
    const text = standingOutputs({ a: "x".repeat(2048), b: "x".repeat(2049), c: { ciphertext: "x" }, d: undefined });
    expect(JSON.parse(text)).toEqual({ a: "x".repeat(2048) });
    expect(standingOutput("a", { [STANDING_OUTPUTS]: text })).toBe("x".repeat(2048));
    expect(standingOutput("b", { [STANDING_OUTPUTS]: text })).toBeUndefined();
    expect(standingOutput("a", {})).toBeUndefined();
  });
});
