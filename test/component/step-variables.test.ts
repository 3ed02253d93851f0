import { describe, expect, it } from "vitest";
import type { MultiClusterLabConfig } from "../../lab/multicluster/config/schema";
import { MultiClusterLab } from "../../lab/multicluster/lab";
import type { TrafficFlowLabConfig } from "../../lab/traffic-flow/config/schema";
import { TrafficFlowLab } from "../../lab/traffic-flow/lab";
import type { LocalVmLabConfig } from "../../lab/vm/config/schema";
import { VmLab } from "../../lab/vm/lab";
import { parseLabConfig } from "../support/lab-config";
import { localPlatform } from "../../lab/vm/local-platform";
import { awsRegistrations } from "../support/aws-lab";
import { isSecret, registrations, type Registration } from "../support/mocks";
import { contextOf } from "../support/toolchain";

/** Programs that read this variable themselves. */
const READERS: Readonly<Record<string, RegExp>> = { KUBECONFIG: /\b(kubectl|istioctl)\b/ };

const plain = (value: unknown): unknown => (isSecret(value) ? (value as { value: unknown }).value : value);
const printed = (name: string) =>
  name.endsWith("-network-create") ? '{"cidr":"172.19.0.0/16","note":""}' : `stdout of ${name}`;

/** What a step of this machine, or of a host, gives to its scripts, and their texts. */
function given({ type, inputs }: Registration): { readonly names: string[]; readonly text: string } | undefined {
  if (type === "command:local:Command") {
    const environment = plain(inputs["environment"]) as Record<string, string>;
    const scripts = Object.entries(environment).filter(([name]) => name.startsWith("ISTIO_LAB_SCRIPT_"));
    return { names: Object.keys(environment), text: scripts.map(([, script]) => script).join("\n") };
  }
  if (type === "command:remote:Command") {
    const [first = ""] = (plain(inputs["stdin"]) as string).split("\n");
    const text = Buffer.from(first, "base64").toString("utf8");
    const [values = ""] = text.split("#!/usr/bin/env bash");
    return { names: [...values.matchAll(/^export (\w+)=/gm)].map(([, name = ""]) => name), text };
  }
  return undefined;
}

/** The variables that no line of the scripts reads, beside those of the runner itself. */
function unread({ names, text }: { readonly names: string[]; readonly text: string }): string[] {
  const lines = text.split("\n").filter((line) => !line.trimStart().startsWith("#"));
  const isRead = (name: string) =>
    lines.some((line) => new RegExp(`\\$\\{?${name}\\b`).test(line) || READERS[name]?.test(line));
  return names.filter((name) => !name.startsWith("ISTIO_LAB_") && !isRead(name));
}

describe("a script's variables", () => {
  it.each<[string, () => Promise<Registration[]>]>([
    [
      "vm",
      () => {
        const config = parseLabConfig({ lab: "vm" }) as LocalVmLabConfig;
        return registrations(printed, () => new VmLab("vm", config, contextOf(), localPlatform(config)));
      },
    ],
    ["vm on AWS", () => awsRegistrations({ startedAt: "2026-01-02T03:04:05Z" })],
    [
      "multicluster",
      () => {
        const config = parseLabConfig({ lab: "multicluster" }) as MultiClusterLabConfig;
        return registrations(printed, () => new MultiClusterLab("lab", config, contextOf()));
      },
    ],
    [
      "traffic-flow",
      () => {
        const config = parseLabConfig({ lab: "traffic-flow" }) as TrafficFlowLabConfig;
        return registrations(printed, () => new TrafficFlowLab("lab", config, contextOf()));
      },
    ],
  ])("are all read by it or by its delete in the lab %s", async (_, build) => {
    const steps = (await build()).flatMap((one) => {
      const values = given(one);
      return values === undefined ? [] : [{ name: one.name, ...values }];
    });
    expect(steps.length).toBeGreaterThan(5);
    const wrong = steps.flatMap((step) => unread(step).map((variable) => `${step.name}: ${variable}`));
    expect(wrong).toEqual([]);
  });
});
