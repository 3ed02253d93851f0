import type * as grpc from "@grpc/grpc-js";
import * as language from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { toGrpcError } from "../rpc/grpc-error";
import { unary } from "../rpc/grpc-server";
import type { Shutdown } from "../rpc/shutdown";
import { programDependencies } from "./dependencies";
import { installDependencies } from "./install-dependencies";
import { parseRuntimeOptions, type ProgramRun } from "./program-command";
import { runProgram } from "./run-program";

/** What this host is told on its command line. */
export interface HostArguments {
  readonly engineAddress: string;
  readonly tracing: string | undefined;
}

/** Version of the SDK whose protocol this host speaks. */
const version = "3.248.0";

/** The gRPC handlers of the language host; all others of the protocol answer UNIMPLEMENTED. */
export function languageHandlers(host: HostArguments, shutdown: Shutdown): Record<string, grpc.UntypedHandleCall> {
  return {
    ...aboutHandlers(shutdown),
    run: unary(async (request: language.RunRequest) => {
      const options = parseRuntimeOptions(request.getInfo()?.getOptions()?.toJavaScript() ?? {});
      const result = await runProgram(programRun(request, host), options, shutdown.signal);
      return new language.RunResponse().setError(result.error).setBail(result.bail);
    }),
    installDependencies: installHandler(shutdown.signal),
  };
}

function aboutHandlers(shutdown: Shutdown): ReturnType<typeof languageHandlers> {
  return {
    handshake: unary(() => new language.LanguageHandshakeResponse()),
    getPluginInfo: unary(() => new PluginInfo().setVersion(version)),
    about: unary(() => new language.AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
    // The official host answers with every package in node_modules that has a plugin, and the engine then downloads
    // what is missing before the program runs: `aws` too, which the local labs never use. A plugin of an empty answer
    // is looked for when the first resource of its package comes, with the version that the SDK sends along.
    getRequiredPackages: unary(() => new language.GetRequiredPackagesResponse()),
    getRequiredPlugins: unary(() => new language.GetRequiredPluginsResponse()),
    // The official host asks for a package manager here; this one knows npm only.
    runtimeOptionsPrompts: unary(() => new language.RuntimeOptionsResponse()),
    getProgramDependencies: unary((request: language.GetProgramDependenciesRequest) => {
      const directory = request.getInfo()?.getProgramDirectory() ?? request.getPwd();
      const found = programDependencies(directory, request.getTransitivedependencies());
      return new language.GetProgramDependenciesResponse().setDependenciesList(
        found.map((each) => new language.DependencyInfo().setName(each.name).setVersion(each.version)),
      );
    }),
    cancel: unary(() => {
      shutdown.cancel();
      return new Empty();
    }),
  };
}

function installHandler(
  signal: AbortSignal,
): grpc.handleServerStreamingCall<language.InstallDependenciesRequest, language.InstallDependenciesResponse> {
  return (call) => {
    const directory = call.request.getInfo()?.getProgramDirectory() ?? call.request.getDirectory();
    const output = {
      stdout: (data: Buffer) => call.write(new language.InstallDependenciesResponse().setStdout(data)),
      stderr: (data: Buffer) => call.write(new language.InstallDependenciesResponse().setStderr(data)),
    };
    installDependencies(directory, call.request.getIsPlugin(), output, signal).then(
      () => call.end(),
      (error: unknown) => call.emit("error", toGrpcError(error)),
    );
  };
}

function programRun(request: language.RunRequest, host: HostArguments): ProgramRun {
  const info = request.getInfo();
  return {
    ...host,
    monitorAddress: request.getMonitorAddress(),
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    rootDirectory: info?.getRootDirectory() ?? request.getPwd(),
    programDirectory: info?.getProgramDirectory() ?? request.getPwd(),
    dryRun: request.getDryrun(),
    parallel: request.getParallel(),
    entryPoint: info?.getEntryPoint() ?? request.getProgram(),
    args: request.getArgsList(),
    config: new Map(request.getConfigMap().toArray()),
    configSecretKeys: request.getConfigsecretkeysList(),
  };
}
