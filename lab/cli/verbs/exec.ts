import { shellQuote } from "../../../infra/core/shell";
import { sshLine } from "../../../infra/core/ssh-line";
import { readOutputs } from "../stack/access";
import { assertKubeconfigs } from "../stack/kubeconfig-files";
import { describeLab } from "../stack/lab-of-stack";
import { assertLoginFiles } from "../stack/login-files";
import { handOver, remoteLine } from "../ui/remote-shell";
import { openSession } from "../pulumi/session";
import { usersEnvironment } from "../pulumi/session-environment";
import { UserError } from "../ui/user-error";

/** `exec CLUSTER|HOST COMMAND…`: the command runs here with the cluster's KUBECONFIG, or on the host through ssh. */
export async function exec(
  where: string,
  words: readonly string[],
  options: { readonly stack?: string },
): Promise<void> {
  const session = openSession(options.stack);
  const outputs = await readOutputs(session);
  const { clusters, hosts } = outputs;
  const [command, ...rest] = words;
  const cluster = clusters.find(({ name }) => name === where);
  if (cluster && command !== undefined) {
    assertKubeconfigs(session, [cluster]);
    await handOver(command, rest, { ...usersEnvironment(session), KUBECONFIG: cluster.kubeconfigFile });
    return;
  }
  const host = hosts.find(({ name }) => name === where);
  if (host === undefined) {
    const names = [...clusters, ...hosts].map(({ name }) => name).join(", ");
    throw new UserError(`exec: "${where}" given; ${describeLab(session, outputs)} has ${names}`);
  }
  assertLoginFiles(session);
  // A terminal there only if there is one here: it would mix stdout and stderr of a script.
  const terminal = process.stdin.isTTY && process.stdout.isTTY ? ["-t"] : [];
  const line = `exec ${sshLine(host.login, terminal)} ${shellQuote(remoteLine(words))}`;
  await handOver("bash", ["--norc", "-p", "-c", line], usersEnvironment(session));
}
