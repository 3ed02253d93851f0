import { promisify } from "node:util";
import * as grpc from "@grpc/grpc-js";

/** Messages hold whole states: the limit is the engine's own, 400 MiB. */
const largestMessage = 400 * 1024 * 1024;

/** The engine's address: the last of a plugin's arguments. */
export const engineAddress = process.argv.at(-1) ?? "";

/** A method that answers one request with one reply. */
type Method<Asked, Answered> = (request: Asked) => Answered | Promise<Answered>;

/** Makes a gRPC handler of an async function; what it throws becomes the error reply. */
export function unary<Asked, Answered>(method: Method<Asked, Answered>): grpc.handleUnaryCall<Asked, Answered> {
  return (call, reply) => {
    Promise.resolve()
      .then(() => method(call.request))
      .then(
        (answer) => reply(null, answer),
        (error: unknown) => reply(errorReply(error)),
      );
  };
}

/** The reply that the engine understands: code UNKNOWN and the message alone. */
export function errorReply(error: unknown): Partial<grpc.StatusObject> {
  return { code: grpc.status.UNKNOWN, details: error instanceof Error ? error.message : String(error) };
}

/** The handler of a method that this plugin does not have: the engine goes on without if it can. */
function unimplemented(name: string): grpc.handleUnaryCall<unknown, never> {
  const details = `${name} is not served by istio-lab's plugin`;
  return (_call, reply) => reply({ code: grpc.status.UNIMPLEMENTED, details });
}

/**
 * Serves on a free loopback port, and says which on standard output: the engine reads that line.
 * @param service the definition, whose methods without a handler answer UNIMPLEMENTED
 * @param handlers by the definition's method name, e.g. `checkConfig`
 */
export async function servePlugin(
  service: grpc.ServiceDefinition,
  handlers: Readonly<Record<string, grpc.UntypedHandleCall>>,
): Promise<void> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": largestMessage,
    "grpc.max_send_message_length": largestMessage,
  });
  const all = Object.keys(service).map((name) => [name, handlers[name] ?? unimplemented(name)] as const);
  server.addService(service, Object.fromEntries(all));
  const port = await promisify(server.bindAsync.bind(server))("127.0.0.1:0", grpc.ServerCredentials.createInsecure());
  process.stdout.write(`${String(port)}\n`);
}
