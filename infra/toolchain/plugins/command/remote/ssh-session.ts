import type { Client, ClientChannel } from "ssh2";

/**
 * The parts of ssh2 1.17 (pinned) behind its public interface that are needed to learn whether the server takes an
 * environment variable: `client.exec` sends variables without asking for an answer, and starts the command at once.
 */
interface Internals {
  readonly _protocol: {
    session(channel: number, window: number, packetSize: number): void;
    env(channel: number, name: string, value: string, wantReply: boolean): void;
    exec(channel: number, command: string, wantReply: boolean): void;
    signal(channel: number, name: string): void;
  };
  readonly _chanMgr: { add(opened: OpenCallback): number };
}

interface OpenCallback {
  (error: Error | undefined, channel: SessionChannel): void;
  type?: string;
}

interface ChannelInternals {
  readonly outgoing: { readonly id: number; readonly state: string };
  readonly _callbacks: ((failed: boolean | Error) => void)[];
  subtype: string;
}

type SessionChannel = Omit<ClientChannel, keyof ChannelInternals> & ChannelInternals;

const windowBytes = 2 * 1024 * 1024;
const packetBytes = 32 * 1024;

/** A session on a server in which one command can be run. */
export class SshSession {
  private constructor(
    private readonly client: Internals,
    private readonly channel: SessionChannel,
  ) {}

  /** @throws Error where the server opens no session, or the connection breaks */
  static async open(client: Client): Promise<SshSession> {
    const internals = client as unknown as Internals;
    const channel = await answered<SessionChannel>(client, (resolve, reject) => {
      const opened: OpenCallback = (error, given) => (error === undefined ? resolve(given) : reject(error));
      opened.type = "session";
      const id = internals._chanMgr.add(opened);
      internals._protocol.session(id, windowBytes, packetBytes);
    });
    return new SshSession(internals, channel);
  }

  /**
   * Sets a variable for the command.
   * @throws Error where the server does not take it (AcceptEnv in sshd_config)
   */
  async setEnvironment(name: string, value: string): Promise<void> {
    await this.request("ssh: setenv failed", () =>
      this.client._protocol.env(this.channel.outgoing.id, name, value, true),
    );
  }

  /**
   * The command's streams and its end. Whoever wants to hear of them listens before `start`: a command that ends at once may
   * have all it says, its exit included, in the packet that says that it started.
   */
  get streams(): ClientChannel {
    return this.channel as unknown as ClientChannel;
  }

  /**
   * Starts the command.
   * @throws Error where the server refuses
   */
  async start(command: string): Promise<void> {
    this.channel.subtype = "exec";
    await this.request(`ssh: command ${command} failed`, () =>
      this.client._protocol.exec(this.channel.outgoing.id, command, true),
    );
  }

  /** Sends the command a signal; `channel.signal` does nothing once the command's stdin has ended. */
  signal(name: string): void {
    if (["open", "eof"].includes(this.channel.outgoing.state)) {
      this.client._protocol.signal(this.channel.outgoing.id, name);
    }
  }

  private request(refusal: string, send: () => void): Promise<void> {
    return answered(this.client as unknown as Client, (resolve, reject) => {
      this.channel._callbacks.push((failed) => (failed === false ? resolve() : reject(new Error(refusal))));
      send();
    });
  }
}

/** Like `new Promise`, but rejects when the connection closes before an answer comes. */
async function answered<Result>(
  client: Client,
  ask: (resolve: (result: Result) => void, reject: (error: Error) => void) => void,
): Promise<Result> {
  let closed: () => void = () => undefined;
  try {
    return await new Promise<Result>((resolve, reject) => {
      closed = () => reject(new Error("ssh: connection lost"));
      client.once("close", closed);
      ask(resolve, reject);
    });
  } finally {
    client.removeListener("close", closed);
  }
}
