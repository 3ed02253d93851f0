import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { unary } from "../rpc/grpc-server";
import type { Shutdown } from "../rpc/shutdown";
import { notServed } from "./arguments";
import { copyToRemote } from "./copy-to-remote";
import { localCommand } from "./local-command";
import { assetSignature, isObject, plain, secret, signatureKey, unknown, withoutSecrets } from "./properties";
import type { Properties, Property } from "./properties";
import { remoteCommand } from "./remote-command";
import type { CommandResource, Operation } from "./resource";

const resources: Readonly<Record<string, CommandResource>> = {
  "command:local:Command": localCommand,
  "command:remote:Command": remoteCommand,
  "command:remote:CopyToRemote": copyToRemote,
};

/**
 * The gRPC handlers of a drop-in for the `command` provider 1.2.1: what labs use of it, and all others of the protocol answer UNIMPLEMENTED, with
 * which the engine goes on if it can.
 * @param show shows a line under a resource
 */
export function commandHandlers(
  show: (urn: string, line: string) => void,
  shutdown: Shutdown,
): Record<string, grpc.UntypedHandleCall> {
  const operation = (request: { getUrn(): string }): Operation => ({
    show: (line) => show(request.getUrn(), line),
    signal: shutdown.signal,
  });
  return {
    handshake: unary(() => new proto.ProviderHandshakeResponse().setAcceptSecrets(true).setAcceptResources(true)),
    getPluginInfo: unary(() => new PluginInfo().setVersion("1.2.1")),
    configure: unary(() =>
      new proto.ConfigureResponse().setAcceptsecrets(true).setAcceptresources(true).setSupportspreview(true),
    ),
    cancel: unary(() => {
      shutdown.cancel();
      return new Empty();
    }),
    check: unary(check),
    diff: unary(diff),
    create: unary(async (request: proto.CreateRequest) => {
      const inputs = propertiesOf(request.getProperties());
      const outputs = await made(request, inputs, operation(request));
      // Nobody else has this id.
      const id = request.getPreview() ? "" : request.getName() + randomBytes(4).toString("hex");
      return new proto.CreateResponse().setId(id).setProperties(Struct.fromJavaScript({ ...inputs, ...outputs }));
    }),
    read: unary((request: proto.ReadRequest) =>
      new proto.ReadResponse()
        .setId(request.getId())
        .setProperties(request.getProperties())
        .setInputs(request.getInputs()),
    ),
    update: unary(async (request: proto.UpdateRequest) => {
      const inputs = propertiesOf(request.getNews());
      const outputs = await made(request, inputs, operation(request), plain(propertiesOf(request.getOlds())));
      return new proto.UpdateResponse().setProperties(Struct.fromJavaScript({ ...inputs, ...outputs }));
    }),
    delete: unary(async (request: proto.DeleteRequest) => {
      await resourceOf(request).delete?.(plain(propertiesOf(request.getProperties())), operation(request));
      return new Empty();
    }),
  };
}

function check(request: proto.CheckRequest): proto.CheckResponse {
  const inputs = propertiesOf(request.getNews());
  const failures = notServed(inputs, resourceOf(request).arguments);
  const { connection } = inputs;
  // Whatever the program says of it.
  const checked = connection === undefined ? inputs : { ...inputs, connection: secret(connection) };
  return new proto.CheckResponse()
    .setInputs(Struct.fromJavaScript(checked))
    .setFailuresList(failures.map((reason) => new proto.CheckFailure().setReason(reason)));
}

/** Triggers replace, everything else updates. The engine shows what within a property changes. */
function diff(request: proto.DiffRequest): proto.DiffResponse {
  const changed = changedInputs(propertiesOf(request.getOldInputs()), propertiesOf(request.getNews()));
  const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
  return new proto.DiffResponse()
    .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList(changed)
    .setReplacesList(changed.filter((name) => name === "triggers"));
}

/** The names of inputs that differ: secrets by what they hold, files by their contents. Null and missing are the same. */
export function changedInputs(olds: Properties, news: Properties): string[] {
  const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
  return names.filter((name) => !isDeepStrictEqual(comparable(olds[name]), comparable(news[name])));
}

function comparable(value: Property = null): Property {
  const bare = withoutSecrets(value);
  return isObject(bare) && bare[signatureKey] === assetSignature ? (bare["hash"] ?? bare) : bare;
}

/** Its outputs, made; in a preview nothing is made, and nobody knows them. */
async function made(
  request: proto.CreateRequest | proto.UpdateRequest,
  inputs: Properties,
  operation: Operation,
  state?: Properties,
): Promise<Properties> {
  const resource = resourceOf(request);
  return request.getPreview()
    ? Object.fromEntries(resource.outputs.map((name) => [name, unknown]))
    : resource.create(plain(inputs), operation, state);
}

function propertiesOf(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

function resourceOf(request: { getType(): string }): CommandResource {
  const resource = resources[request.getType()];
  if (resource === undefined) {
    const known = Object.keys(resources).join(", ");
    throw new Error(`${request.getType()} is not served by istio-lab's command provider; labs use ${known}`);
  }
  return resource;
}
