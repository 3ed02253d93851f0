import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { connectEngineLog } from "./engine-log";
import { engineAddress, servePlugin } from "./grpc-server";
import type { ProviderFactory } from "./provider";
import { providerHandlers } from "./provider-handlers";
import { watchForShutdown } from "./shutdown";

/**
 * Runs a provider as a Pulumi plugin: the whole of a plugin's `main`. Prints the port, then serves until the engine
 * stops the process or goes away.
 * @param factory makes the provider, given the engine's log
 * @param argv the plugin's arguments, the engine's address last. Default: the process's own
 */
export async function serveProvider(
  factory: ProviderFactory,
  argv: readonly string[] = process.argv.slice(2),
): Promise<void> {
  const log = connectEngineLog(engineAddress(argv));
  const provider = factory(log);
  const shutdown = watchForShutdown(async () => {
    await provider.cancel?.();
    await log.flush();
    log.close();
  });
  await servePlugin(ResourceProviderService, providerHandlers(provider, shutdown));
}
