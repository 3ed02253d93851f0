import { expect } from "vitest";
import { LabConfigError } from "../../lab/config/lab-config";
import { THIS_MACHINE } from "../../lab/config/machine";
import { parseLabConfig } from "./lab-config";

/** What is wrong with a lab's settings, a line each, by key; Pulumi's users see the key with `istio-lab:` in front. */
export function configProblems(raw: Readonly<Record<string, unknown>>, machine = THIS_MACHINE): readonly string[] {
  try {
    parseLabConfig(raw, machine);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(LabConfigError);
    const { issues, message } = error as LabConfigError;
    const lines = issues.map((issue) => `${"key" in issue ? `istio-lab:${issue.key}` : issue.place}: ${issue.problem}`);
    expect(message).toBe(lines.join("\n"));
    return lines.map((line) => line.replace(/^istio-lab:/, ""));
  }
}
