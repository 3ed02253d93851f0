import * as grpc from "@grpc/grpc-js";
import { toGrpcError } from "./grpc-error";

/** Messages hold whole states and manifests: the limit is the engine's own, 400 MiB. */
const largestMessage = 400 * 1024 * 1024;

/** Channel and server options that let messages be as large as the engine's. */
export const messageLimits: grpc.ChannelOptions = {
  "grpc.max_receive_message_length": largestMessage,
  "grpc.max_send_message_length": largestMessage,
};

/** A method that answers one request with one reply. */
export type Method<Asked, Answered> = (request: Asked) => Answered | Promise<Answered>;

/** Makes a gRPC handler of an async function; what it throws becomes the error reply. */
export function unary<Asked, Answered>(method: Method<Asked, Answered>): grpc.handleUnaryCall<Asked, Answered> {
  return (call, reply) => {
    Promise.resolve()
      .then(() => method(call.request))
      .then(
        (answer) => reply(null, answer),
        (error: unknown) => reply(toGrpcError(error)),
      );
  };
}

/** The handler of a method that this plugin does not have: engines newer than the definitions ask, and go on without. */
export function unimplemented(name: string): grpc.handleUnaryCall<unknown, never> {
  return (_call, reply) => reply({ code: grpc.status.UNIMPLEMENTED, details: `${name} is not implemented` });
}

/**
 * Serves on a free loopback port, and says which on standard output: the engine reads that line.
 * @param service the definition, whose methods without a handler answer UNIMPLEMENTED
 * @param handlers by the definition's method name, e.g. `checkConfig`
 */
export async function servePlugin(
  service: grpc.ServiceDefinition,
  handlers: Readonly<Record<string, grpc.UntypedHandleCall>>,
): Promise<grpc.Server> {
  const server = new grpc.Server(messageLimits);
  const all = Object.keys(service).map((name) => [name, handlers[name] ?? unimplemented(name)] as const);
  server.addService(service, Object.fromEntries(all));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) {
        resolve(bound);
      } else {
        reject(error);
      }
    });
  });
  process.stdout.write(`${String(port)}\n`);
  return server;
}

/**
 * The engine's address: the last argument that is not an option.
 * @param argv arguments without the program, e.g. `["--logtostderr", "-v=9", "--tracing", "x:1", "127.0.0.1:4000"]`
 */
export function engineAddress(argv: readonly string[]): string | undefined {
  const last = argv.at(-1);
  return last === undefined || last.startsWith("-") ? undefined : last;
}
