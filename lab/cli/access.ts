import { describeCost } from "../../infra/core/aws-prices";
import { shellWord } from "../../infra/core/shell";
import type { LabOutputs } from "../outputs";
import { stackCommand, type Session } from "./session";
import { paint, table, type Terminal } from "./terminal";
import { UserError } from "./user-error";

/**
 * Reads the stack's outputs.
 * @throws UserError with exit code 2 where no lab stands
 */
export async function readOutputs(session: Session): Promise<LabOutputs> {
  const { exitCode, stdout, stderr } = await stackCommand(session, ["stack", "output", "--json"]);
  if (exitCode !== 0 && !stderr.includes("no stack named")) {
    throw new UserError(`pulumi stack output: ${stderr.trim()}`);
  }
  const outputs = exitCode === 0 ? accessOutput(JSON.parse(stdout) as Record<string, unknown>) : undefined;
  if (outputs === undefined) {
    throw new UserError(`stack ${session.stack}: no lab stands here; build one: npm run up`, 2);
  }
  return outputs;
}

/** The lab's access data among the stack's outputs; undefined where no `up` has come to its end yet. */
export function accessOutput(outputs: Readonly<Record<string, unknown>>): LabOutputs | undefined {
  return outputs["access"] as LabOutputs | undefined;
}

/** The table that `up` and `inspect` end with: what stands where, how to call it, what to do next. */
export function accessTable(outputs: LabOutputs, terminal: Terminal): string {
  const title = (text: string) => paint(text, "bold", terminal);
  const versions = Object.entries(outputs.versions).map(([name, version]) => `${name} ${version}`);
  const sections = [
    title(`lab ${outputs.lab} on ${outputs.platform}: ${versions.join(", ")}`),
    `network ${outputs.network.name}: ${outputs.network.cidr}, load balancers ${outputs.network.loadBalancerPool} (${outputs.network.note})`,
    ...billLines(outputs),
    "",
    title("URLs"),
    table(outputs.urls.map(({ name, url, curl, shows }) => [name, url, `${curl}  # ${shows}`])),
    ...section(
      title("clusters"),
      outputs.clusters.flatMap(({ name, kubeconfigFile, context, gateways }) => [
        [name, `kubectl --kubeconfig ${shellWord(kubeconfigFile)} --context ${context} get pods -A`],
        ...gateways.map((gateway) => ["", `${gateway.name}  ${gateway.address}`]),
      ]),
    ),
    ...section(
      title("hosts"),
      outputs.hosts.flatMap(({ name, address, ssh, workloadEntry }) => [
        [name, address, ssh],
        ...(workloadEntry === undefined ? [] : [["", "", workloadEntryLine(workloadEntry)]]),
      ]),
    ),
    ...section(
      title("not available from this machine's source"),
      outputs.unavailable.map(({ name, reason }) => [name, reason]),
    ),
    ...section(
      title("next"),
      outputs.nextSteps.map((step) => [step]),
    ),
  ];
  return sections.join("\n");
}

/** What a lab that is rented costs, and when it ends by itself. */
function billLines({ cost, expiry }: LabOutputs): readonly string[] {
  return [
    ...(cost === undefined ? [] : [`cost: ${describeCost(cost)}`]),
    ...(expiry === undefined ? [] : [`ends by itself at ${expiry.at}: ${expiry.note}`]),
  ];
}

/** @param entry `namespace/name` */
function workloadEntryLine(entry: string): string {
  return `kubectl get workloadentry ${entry.split("/").reverse().join(" -n ")}`;
}

function section(heading: string, rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : ["", heading, table(rows)];
}
