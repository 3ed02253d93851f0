import * as pulumi from "@pulumi/pulumi";
import { shellWord } from "../../infra/core/shell";
import { sshLine } from "../../infra/core/ssh-line";
import type { LabOutputs, NextStep, OutputNames } from "./outputs";

/**
 * The stack's outputs for people, beside `access`: a URL, an ssh line and a kubeconfig each under a name that says what it is, e.g. `webappUrl`,
 * `sshForumVm` and `kubeconfigFile`. The names are known before the lab is built, so that a preview lists them.
 * @param stack its name, for the lines to paste
 */
export function flatOutputs(
  outputs: pulumi.Output<LabOutputs>,
  names: OutputNames,
  stack: string,
): Record<string, pulumi.Output<string | readonly string[]>> {
  const pick = (read: (all: LabOutputs) => string | undefined) => outputs.apply((all) => read(all) ?? "");
  const urls = names.urls.map((name) => [
    `${camelCase(name)}Url`,
    pick((all) => all.urls.find((one) => one.name === name)?.url),
  ]);
  const hosts = names.hosts.map((name) => [
    camelCase(`ssh-${name}`),
    pick((all) => all.hosts.flatMap((one) => (one.name === name ? [sshLine(one.login)] : []))[0]),
  ]);
  const clusters = names.clusters.map((name) => [
    names.clusters.length === 1 ? "kubeconfigFile" : camelCase(`kubeconfig-file-${name}`),
    pick((all) => all.clusters.find((one) => one.name === name)?.kubeconfigFile),
  ]);
  return {
    ...(Object.fromEntries([...urls, ...hosts, ...clusters]) as Record<string, pulumi.Output<string>>),
    nextSteps: outputs.apply((all) => all.nextSteps.map((step) => stepLine(step, stack))),
    readme: outputs.apply((all) => readmeOf(all, stack)),
  };
}

/** `kube-ops-view` as `kubeOpsView`. */
function camelCase(name: string): string {
  return name.replace(/-+(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function stepLine({ verb, words, shows }: NextStep, stack: string): string {
  const command = ["npm run lab --", verb, "--stack", ...[stack, ...words].map(shellWord)].join(" ");
  return shows === "" ? command : `${command}    # ${shows}`;
}

/** What was built, as Markdown: Pulumi Cloud shows the output `readme` on the stack's page. */
function readmeOf(outputs: LabOutputs, stack: string): string {
  const { lab, platform, versions, network, urls, clusters, hosts, unavailable, nextSteps, expiry } = outputs;
  const version = Object.entries(versions).map(([name, text]) => `${name} ${text}`);
  const blocks = [
    `# Lab ${lab} on ${platform}, stack ${stack}`,
    `Versions: ${version.join(", ")}.`,
    `Network \`${network.name}\`: ${network.cidr}, load balancers ${network.loadBalancerPool}.`,
    ...(expiry === undefined ? [] : [`The lab ends by itself at ${expiry.at}: ${expiry.note}.`]),
    ...section(
      "URLs",
      urls.map(({ name, url, curl, shows }) => entry(`${name}: <${url}>, ${shows}`, curl)),
    ),
    ...section(
      "Clusters",
      clusters.map(({ name, context, kubeconfigFile }) =>
        entry(`${name}, context \`${context}\``, `export KUBECONFIG=${shellWord(kubeconfigFile)}`),
      ),
    ),
    ...section(
      "Hosts",
      hosts.map(({ name, address, login }) => entry(`${name}, ${address}`, sshLine(login))),
    ),
    ...section(
      "Not available from this machine's source",
      unavailable.map(({ name, reason }) => `- ${name}: ${reason}`),
    ),
    ...section("Next", [nextSteps.map((step) => `    ${stepLine(step, stack)}`).join("\n")]),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function section(heading: string, entries: readonly string[]): readonly string[] {
  return entries.length === 0 ? [] : [`## ${heading}`, ...entries];
}

function entry(words: string, line: string): string {
  return `- ${words}\n\n      ${line}`;
}
