import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { engineAddress, servePlugin } from "../rpc/grpc-server";
import { watchForShutdown } from "../rpc/shutdown";
import { commandHandlers } from "./provider";

const engine = new EngineClient(engineAddress, grpc.credentials.createInsecure());
const show = (urn: string, line: string): void => {
  const request = new LogRequest().setSeverity(LogSeverity.INFO).setMessage(line).setUrn(urn).setEphemeral(true);
  // An engine that has gone reads no log: the plugin learns of that elsewhere.
  engine.log(request, () => undefined);
};
const shutdown = watchForShutdown();

void servePlugin(ResourceProviderService, commandHandlers(show, shutdown));
