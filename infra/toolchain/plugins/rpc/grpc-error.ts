import * as grpc from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { InitializationError } from "./init-error";
import { encodeProperties } from "./property-codec";

/** Where gRPC keeps the structured part of an error. */
export const detailsKey = "grpc-status-details-bin";

/**
 * Turns what a method threw into the reply that the engine understands: code UNKNOWN and the message alone, and for a
 * half-made resource the details that make the engine keep it in the state.
 */
export function toGrpcError(error: unknown): Partial<grpc.StatusObject> {
  const message = error instanceof Error ? error.message : String(error);
  const reply = { code: grpc.status.UNKNOWN, details: message };
  return error instanceof InitializationError ? { ...reply, metadata: initializationDetails(error) } : reply;
}

function initializationDetails(error: InitializationError): grpc.Metadata {
  const { id, state, inputs, reasons } = error.resource;
  const failure = new ErrorResourceInitFailed()
    .setId(id)
    .setProperties(encodeProperties(state))
    .setReasonsList([...reasons]);
  if (inputs !== undefined) {
    failure.setInputs(encodeProperties(inputs));
  }
  const detail = new Any();
  detail.pack(failure.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status().setCode(grpc.status.UNKNOWN).setMessage(error.message).setDetailsList([detail]);
  const metadata = new grpc.Metadata();
  metadata.set(detailsKey, Buffer.from(status.serializeBinary()));
  return metadata;
}
