import { childEnvironment } from "../../../infra/core/child-environment";
import type { Environment } from "../../../infra/core/paths";
import { shellQuote } from "../../../infra/core/shell";
import { toolchainFolder } from "../../../infra/core/toolchain-key";
import { ensureBackend } from "../pulumi/backend";
import { openSession } from "../pulumi/session";
import { exportedEnvironment } from "../pulumi/session-environment";
import { say } from "../ui/terminal";

/** What chooses the account and the passphrase: without it the user's own backend cannot be used, and with it ours cannot. */
const CREDENTIALS = ["PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"];

/** `env`: exports for a plain `pulumi`, on the same stacks as this command line and with the tools of one of them. */
export async function env(options: { readonly stack?: string }): Promise<void> {
  const { backend, toolchain } = openSession(options.stack);
  ensureBackend();
  const exported = { ...exportedEnvironment(backend, toolchainFolder(toolchain.key)), ...proxyExceptions(process.env) };
  const kept = backend.ownFolder === undefined ? CREDENTIALS : [];
  const unset = foreignVariables(process.env).filter((name) => !(name in exported) && !kept.includes(name));
  if (unset.length > 0) {
    say(`unset ${unset.join(" ")}`);
  }
  for (const [name, value] of Object.entries(exported)) {
    say(`export ${name}=${shellQuote(value)}`);
  }
  await Promise.resolve();
}

/** Variables with which another project tells Pulumi, or gRPC, what to do. A passphrase is named in any case: the lines may be kept in a file. */
function foreignVariables(given: Environment): readonly string[] {
  const found = Object.keys(given).filter((name) => /^(PULUMI_\w+|(no_)?grpc_proxy)$/.test(name));
  return [...new Set(["PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE", ...found])].sort();
}

/** Pulumi's engine and its plugins talk over loopback, which gRPC would look for behind a proxy. */
function proxyExceptions(given: Environment): Readonly<Record<string, string>> {
  const { no_proxy: lower, NO_PROXY: upper } = childEnvironment(given, { use: "download" });
  return lower === undefined || upper === undefined ? {} : { no_proxy: lower, NO_PROXY: upper };
}
