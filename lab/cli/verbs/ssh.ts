import { readOutputs } from "../access";
import { assertLoginFiles } from "../login-files";
import { chooseHost, handOver } from "../remote-shell";
import { openSession } from "../session";
import { usersEnvironment } from "../session-environment";

/** `ssh [HOST]`: logs in with the lab's own key and known hosts. */
export async function ssh(name: string | undefined, options: { readonly stack?: string }): Promise<void> {
  const session = openSession(options.stack);
  const { hosts } = await readOutputs(session);
  assertLoginFiles(session);
  await handOver("bash", ["--norc", "-p", "-c", `exec ${chooseHost(hosts, name).ssh}`], usersEnvironment(session));
}
