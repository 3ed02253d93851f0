import type * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { unary } from "./grpc-server";
import { decodeProperties, encodeProperties } from "./property-codec";
import type {
  Autonaming,
  CheckFailure,
  CheckRequest,
  CheckResult,
  DiffRequest,
  DiffResult,
  PropertyChange,
  ResourceProvider,
  ResourceRequest,
} from "./provider";
import type { Shutdown } from "./shutdown";

/** The gRPC handlers of a provider, by the service definition's method names. */
export function providerHandlers(
  provider: ResourceProvider,
  shutdown: Shutdown,
): Record<string, grpc.UntypedHandleCall> {
  return {
    ...aboutHandlers(provider, shutdown),
    ...configurationHandlers(provider, shutdown.signal),
    ...resourceHandlers(provider, shutdown.signal),
    ...changeHandlers(provider, shutdown.signal),
  };
}

function aboutHandlers(provider: ResourceProvider, shutdown: Shutdown): ReturnType<typeof providerHandlers> {
  return {
    handshake: unary(() => new proto.ProviderHandshakeResponse().setAcceptSecrets(true).setAcceptResources(true)),
    attach: unary(() => new Empty()),
    getPluginInfo: unary(() => new PluginInfo().setVersion(provider.version)),
    getSchema: unary(() => {
      const schema = provider.schema?.() ?? JSON.stringify({ name: provider.name, version: provider.version });
      return new proto.GetSchemaResponse().setSchema(schema);
    }),
    cancel: unary(async () => {
      shutdown.cancel();
      await provider.cancel?.();
      return new Empty();
    }),
  };
}

function configurationHandlers(provider: ResourceProvider, signal: AbortSignal): ReturnType<typeof providerHandlers> {
  return {
    checkConfig: unary(async (request: proto.CheckRequest) => {
      const decoded = checkRequest(request, signal);
      return checkResponse((await provider.checkConfig?.(decoded)) ?? { inputs: decoded.news });
    }),
    diffConfig: unary(async (request: proto.DiffRequest) =>
      diffResponse((await provider.diffConfig?.(diffRequest(request, signal))) ?? { changes: false }),
    ),
    configure: unary(async (request: proto.ConfigureRequest) => {
      await provider.configure?.({
        inputs: decodeProperties(request.getArgs()),
        urn: request.hasUrn() ? request.getUrn() : undefined,
        name: request.hasName() ? request.getName() : undefined,
        id: request.hasId() ? request.getId() : undefined,
        signal,
      });
      return new proto.ConfigureResponse()
        .setAcceptsecrets(true)
        .setAcceptresources(true)
        .setAcceptoutputs(false)
        .setSupportspreview(provider.supportsPreview);
    }),
    invoke: unary(async (request: proto.InvokeRequest) => {
      if (provider.invoke === undefined) {
        throw new Error(`provider ${provider.name} has no function ${request.getTok()}`);
      }
      const args = decodeProperties(request.getArgs());
      const token = request.getTok();
      const answer = await provider.invoke({ token, args, preview: request.getPreview(), signal });
      return new proto.InvokeResponse()
        .setReturn(encodeProperties(answer.result))
        .setFailuresList(checkFailures(answer.failures));
    }),
  };
}

function resourceHandlers(provider: ResourceProvider, signal: AbortSignal): ReturnType<typeof providerHandlers> {
  return {
    check: unary(async (request: proto.CheckRequest) =>
      checkResponse(await provider.check(checkRequest(request, signal))),
    ),
    diff: unary(async (request: proto.DiffRequest) => diffResponse(await provider.diff(diffRequest(request, signal)))),
    read: unary(async (request: proto.ReadRequest) => {
      const found = await provider.read({
        ...identity(request, signal),
        id: request.getId(),
        state: decodeProperties(request.getProperties()),
        inputs: decodeProperties(request.getInputs()),
        timeoutSeconds: request.getTimeout(),
      });
      const response = new proto.ReadResponse();
      return found === undefined
        ? response
        : response
            .setId(found.id)
            .setProperties(encodeProperties(found.state))
            .setInputs(encodeProperties(found.inputs));
    }),
  };
}

function changeHandlers(provider: ResourceProvider, signal: AbortSignal): ReturnType<typeof providerHandlers> {
  return {
    create: unary(async (request: proto.CreateRequest) => {
      const made = await provider.create({
        ...identity(request, signal),
        inputs: decodeProperties(request.getProperties()),
        timeoutSeconds: request.getTimeout(),
        preview: request.getPreview(),
      });
      return new proto.CreateResponse().setId(made.id).setProperties(encodeProperties(made.state));
    }),
    update: unary(async (request: proto.UpdateRequest) => {
      const state = await provider.update({
        ...identity(request, signal),
        id: request.getId(),
        oldInputs: decodeProperties(request.getOldInputs()),
        state: decodeProperties(request.getOlds()),
        news: decodeProperties(request.getNews()),
        timeoutSeconds: request.getTimeout(),
        preview: request.getPreview(),
        ignoreChanges: request.getIgnorechangesList(),
      });
      return new proto.UpdateResponse().setProperties(encodeProperties(state));
    }),
    delete: unary(async (request: proto.DeleteRequest) => {
      await provider.delete({
        ...identity(request, signal),
        id: request.getId(),
        oldInputs: decodeProperties(request.getOldInputs()),
        state: decodeProperties(request.getProperties()),
        timeoutSeconds: request.getTimeout(),
      });
      return new Empty();
    }),
  };
}

interface HasIdentity {
  getUrn(): string;
  getType(): string;
  getName(): string;
}

/** Engines before 3.130 send no type and name: both are in the URN, `urn:pulumi:stack::project::A$B::name`. */
function identity(request: HasIdentity, signal: AbortSignal): ResourceRequest {
  const urn = request.getUrn();
  const [, , types = "", ...name] = urn.split("::");
  return {
    urn,
    type: request.getType() || (types.split("$").at(-1) ?? ""),
    name: request.getName() || name.join("::"),
    signal,
  };
}

function checkRequest(request: proto.CheckRequest, signal: AbortSignal): CheckRequest {
  return {
    ...identity(request, signal),
    olds: request.hasOlds() ? decodeProperties(request.getOlds()) : undefined,
    news: decodeProperties(request.getNews()),
    randomSeed: request.getRandomseed_asU8(),
    autonaming: autonaming(request),
  };
}

function autonaming(request: proto.CheckRequest): Autonaming | undefined {
  const options = request.getAutonaming();
  if (options === undefined) {
    return undefined;
  }
  const modes = ["propose", "enforce", "disable"] as const;
  return { proposedName: options.getProposedName(), mode: modes[options.getMode()] };
}

function checkResponse(result: CheckResult): proto.CheckResponse {
  return new proto.CheckResponse()
    .setInputs(encodeProperties(result.inputs))
    .setFailuresList(checkFailures(result.failures));
}

function checkFailures(failures: readonly CheckFailure[] = []): proto.CheckFailure[] {
  return failures.map(({ property, reason }) => new proto.CheckFailure().setProperty(property).setReason(reason));
}

function diffRequest(request: proto.DiffRequest, signal: AbortSignal): DiffRequest {
  return {
    ...identity(request, signal),
    id: request.getId(),
    oldInputs: decodeProperties(request.getOldInputs()),
    state: decodeProperties(request.getOlds()),
    news: decodeProperties(request.getNews()),
    ignoreChanges: request.getIgnorechangesList(),
  };
}

const changeKinds: Readonly<Record<PropertyChange["kind"], proto.PropertyDiff.Kind>> = {
  add: proto.PropertyDiff.Kind.ADD,
  "add-replace": proto.PropertyDiff.Kind.ADD_REPLACE,
  delete: proto.PropertyDiff.Kind.DELETE,
  "delete-replace": proto.PropertyDiff.Kind.DELETE_REPLACE,
  update: proto.PropertyDiff.Kind.UPDATE,
  "update-replace": proto.PropertyDiff.Kind.UPDATE_REPLACE,
};

function diffResponse(result: DiffResult): proto.DiffResponse {
  const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
  const response = new proto.DiffResponse()
    .setChanges(result.changes ? DIFF_SOME : DIFF_NONE)
    .setReplacesList([...(result.replaces ?? [])])
    .setStablesList([...(result.stables ?? [])])
    .setDiffsList([...(result.diffs ?? [])])
    .setDeletebeforereplace(result.deleteBeforeReplace ?? false)
    .setHasdetaileddiff(result.detailedDiff !== undefined);
  for (const [path, change] of Object.entries(result.detailedDiff ?? {})) {
    const kind = changeKinds[change.kind];
    response.getDetaileddiffMap().set(path, new proto.PropertyDiff().setKind(kind).setInputdiff(change.inputDiff));
  }
  return response;
}
