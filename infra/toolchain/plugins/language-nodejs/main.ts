import type * as grpc from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as language from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { engineAddress, errorReply, servePlugin, unary } from "../rpc/grpc-server";
import { watchForShutdown } from "../rpc/shutdown";
import { runProgram } from "./program";

const shutdown = watchForShutdown();

/** All others of the protocol answer UNIMPLEMENTED, with which the engine goes on if it can. */
const handlers: Record<string, grpc.UntypedHandleCall> = {
  // The SDK whose protocol this host speaks.
  getPluginInfo: unary(() => new PluginInfo().setVersion("3.248.0")),
  // The official host answers with every package in node_modules that has a plugin, and the engine then downloads
  // what is missing before the program runs: `aws` too, which the local labs never use. A plugin of an empty answer
  // is looked for when the first resource of its package comes, with the version that the SDK sends along.
  getRequiredPackages: unary(() => new language.GetRequiredPackagesResponse()),
  run: unary(async (request: language.RunRequest) => {
    const { error, bail } = await runProgram(request, engineAddress, shutdown.signal);
    return new language.RunResponse().setError(error).setBail(bail);
  }),
  // Without an answer of its own `pulumi install` would say that all is well.
  installDependencies: (call: grpc.ServerWritableStream<unknown, unknown>) =>
    call.emit("error", errorReply(new Error("istio-lab's language host installs no packages; run: npm ci"))),
  cancel: unary(() => {
    shutdown.cancel();
    return new Empty();
  }),
};

void servePlugin(LanguageRuntimeService, handlers);
