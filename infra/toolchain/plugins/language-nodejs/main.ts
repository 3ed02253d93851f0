import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { engineAddress, servePlugin } from "../rpc/grpc-server";
import { watchForShutdown } from "../rpc/shutdown";
import { languageHandlers } from "./handlers";

const argv = process.argv.slice(2);
const tracingAt = argv.findIndex((argument) => argument === "--tracing" || argument === "-tracing");
const host = {
  engineAddress: engineAddress(argv) ?? "",
  tracing: tracingAt < 0 ? undefined : argv[tracingAt + 1],
};
const shutdown = watchForShutdown(() => Promise.resolve());

servePlugin(LanguageRuntimeService, languageHandlers(host, shutdown)).catch((error: unknown) => {
  process.stderr.write(`pulumi-language-nodejs: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
