import * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { errorReply, servePlugin } from "../../../infra/toolchain/plugins/rpc/grpc-server";
import { watchForShutdown, type Shutdown } from "../../../infra/toolchain/plugins/rpc/shutdown";
import { decodeProperties, encodeProperties } from "./property-value";
import {
  InitializationError,
  type CheckRequest,
  type DiffRequest,
  type DiffResult,
  type PropertyChange,
  type ResourceProvider,
  type ResourceRequest,
} from "./provider";

type Handlers = Record<string, grpc.UntypedHandleCall>;

/** Runs a provider as a Pulumi plugin, until the engine stops the process or goes away. */
export async function serveProvider(provider: ResourceProvider): Promise<void> {
  const shutdown = watchForShutdown();
  await servePlugin(ResourceProviderService, {
    ...aboutHandlers(provider, shutdown),
    ...resourceHandlers(provider, shutdown.signal),
    ...changeHandlers(provider, shutdown.signal),
  });
}

function unary<Asked, Answered>(method: (request: Asked) => Promise<Answered>): grpc.handleUnaryCall<Asked, Answered> {
  return (call, reply) => {
    method(call.request).then(
      (answer) => reply(null, answer),
      (error: unknown) => reply({ ...errorReply(error), ...initializationDetails(error) }),
    );
  };
}

/** The details of a half-made resource, with which the engine keeps it in the state. */
function initializationDetails(error: unknown): { readonly metadata?: grpc.Metadata } {
  if (!(error instanceof InitializationError)) {
    return {};
  }
  const { id, state, inputs, reasons } = error.resource;
  const failure = new proto.ErrorResourceInitFailed()
    .setId(id)
    .setProperties(encodeProperties(state))
    .setInputs(encodeProperties(inputs))
    .setReasonsList([...reasons]);
  const detail = new Any();
  detail.pack(failure.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status().setCode(grpc.status.UNKNOWN).setMessage(error.message).setDetailsList([detail]);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { metadata };
}

function aboutHandlers(provider: ResourceProvider, { cancel, signal }: Shutdown): Handlers {
  return {
    handshake: unary(async () => new proto.ProviderHandshakeResponse().setAcceptSecrets(true)),
    getPluginInfo: unary(async () => new PluginInfo().setVersion(provider.version)),
    cancel: unary(async () => {
      cancel();
      return new Empty();
    }),
    diffConfig: unary(async (request: proto.DiffRequest) =>
      diffResponse(await provider.diffConfig(diffRequest(request, signal))),
    ),
    configure: unary(async (request: proto.ConfigureRequest) => {
      await provider.configure({ inputs: decodeProperties(request.getArgs()), signal });
      return new proto.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),
    invoke: unary(async (request: proto.InvokeRequest) => {
      const args = decodeProperties(request.getArgs());
      const { result } = await provider.invoke({ token: request.getTok(), args, signal });
      return new proto.InvokeResponse().setReturn(encodeProperties(result));
    }),
  };
}

function resourceHandlers(provider: ResourceProvider, signal: AbortSignal): Handlers {
  return {
    check: unary(async (request: proto.CheckRequest) => {
      const { inputs, failures = [] } = await provider.check(checkRequest(request, signal));
      return new proto.CheckResponse()
        .setInputs(encodeProperties(inputs))
        .setFailuresList(
          failures.map(({ property, reason }) => new proto.CheckFailure().setProperty(property).setReason(reason)),
        );
    }),
    diff: unary(async (request: proto.DiffRequest) => diffResponse(await provider.diff(diffRequest(request, signal)))),
    read: unary(async (request: proto.ReadRequest) => {
      const found = await provider.read({
        ...identity(request, signal),
        id: request.getId(),
        state: decodeProperties(request.getProperties()),
        inputs: decodeProperties(request.getInputs()),
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

function changeHandlers(provider: ResourceProvider, signal: AbortSignal): Handlers {
  return {
    create: unary(async (request: proto.CreateRequest) => {
      const made = await provider.create({
        ...identity(request, signal),
        inputs: decodeProperties(request.getProperties()),
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

function identity(request: HasIdentity, signal: AbortSignal): ResourceRequest {
  return { urn: request.getUrn(), type: request.getType(), name: request.getName(), signal };
}

function checkRequest(request: proto.CheckRequest, signal: AbortSignal): CheckRequest {
  const autonaming = request.getAutonaming();
  return {
    ...identity(request, signal),
    olds: request.hasOlds() ? decodeProperties(request.getOlds()) : undefined,
    news: decodeProperties(request.getNews()),
    randomSeed: request.getRandomseed_asU8(),
    autonaming: autonaming && { proposedName: autonaming.getProposedName() },
  };
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
    .setDiffsList([...(result.diffs ?? [])])
    .setDeletebeforereplace(result.deleteBeforeReplace ?? false)
    .setHasdetaileddiff(result.detailedDiff !== undefined);
  for (const [path, change] of Object.entries(result.detailedDiff ?? {})) {
    const kind = changeKinds[change.kind];
    response.getDetaileddiffMap().set(path, new proto.PropertyDiff().setKind(kind).setInputdiff(change.inputDiff));
  }
  return response;
}
