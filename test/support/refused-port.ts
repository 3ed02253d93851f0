import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/**
 * A port of 127.0.0.1 that refuses connections until the test has finished. A port that was closed a moment ago might belong to somebody
 * else by now; this one is taken, as the near end of a connection, so the kernel gives it to nobody who wants to listen.
 */
export async function refusedPort(): Promise<number> {
  const accepted: Socket[] = [];
  const server = createServer((socket) => accepted.push(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const near = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await new Promise((resolve) => near.once("connect", resolve));
  onTestFinished(async () => {
    for (const socket of [near, ...accepted]) {
      socket.destroy();
    }
    await new Promise((resolve) => server.close(resolve));
  });
  return near.localPort!;
}
