import { sshLine } from "../../../infra/core/ssh-line";
import { readOutputs } from "../stack/access";
import { describeLab } from "../stack/lab-of-stack";
import { assertLoginFiles } from "../stack/login-files";
import { chooseHost, handOver } from "../ui/remote-shell";
import { openSession } from "../pulumi/session";
import { usersEnvironment } from "../pulumi/session-environment";

/** `ssh [HOST]`: logs in with the lab's own key and known hosts. */
export async function ssh(name: string | undefined, options: { readonly stack?: string }): Promise<void> {
  const session = openSession(options.stack);
  const outputs = await readOutputs(session);
  assertLoginFiles(session);
  const host = chooseHost(outputs.hosts, name, describeLab(session, outputs));
  await handOver("bash", ["--norc", "-p", "-c", `exec ${sshLine(host.login)}`], usersEnvironment(session));
}
