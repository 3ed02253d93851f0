import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { closeSync, fstatSync, openSync, statSync, writeSync, type Stats } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
  Server,
  utils,
  type AuthContext,
  type Connection,
  type ServerChannel,
  type Session,
  type SFTPWrapper,
} from "ssh2";

/** What a test's SSH server lets in and accepts. */
export interface SshServerOptions {
  /** Public key line that may log in. */
  readonly authorizedKey?: string;
  /** Folder that SFTP clients see as `/`. Default: no SFTP. */
  readonly files?: string;
}

/** A real SSH server on loopback: commands run in /bin/sh, files are real files. */
export interface SshServer {
  readonly port: number;
  /** Public key line, as `hostKey` wants it. */
  readonly hostKey: string;
  /** Logins that succeeded. */
  readonly logins: () => number;
  /** Connections that are open. */
  readonly open: () => number;
  /** Breaks all connections. */
  readonly breakConnections: () => void;
  readonly close: () => Promise<void>;
}

/** An ed25519 key pair in OpenSSH's form. */
export function makeKey(): { readonly privateKey: string; readonly publicKey: string } {
  // Some of the ed25519 keys that ssh2 1.17 makes cannot be read back: 1 of 500, measured.
  for (;;) {
    const pair = utils.generateKeyPairSync("ed25519");
    if (!(utils.parseKey(pair.private) instanceof Error)) {
      return { privateKey: pair.private, publicKey: pair.public };
    }
  }
}

/** An RSA key pair: private in PEM, public as OpenSSH's line. */
export function makeRsaKey(): { readonly privateKey: string; readonly publicKey: string } {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  const parsed = utils.parseKey(privateKey);
  if (parsed instanceof Error) {
    throw parsed;
  }
  return { privateKey, publicKey: `${parsed.type} ${parsed.getPublicSSH().toString("base64")}` };
}

/** Starts a server; every test closes its own. */
export async function startSshServer(options: SshServerOptions, hostKeys = makeKey()): Promise<SshServer> {
  const connections = new Set<Connection>();
  let logins = 0;
  const server = new Server({ hostKeys: [hostKeys.privateKey] }, (connection) => {
    connections.add(connection);
    connection.on("close", () => connections.delete(connection));
    connection.on("error", () => undefined);
    connection.on("authentication", (attempt) => authenticate(attempt, options));
    connection.on("ready", () => {
      logins++;
      const signals = listenForSignals(connection);
      connection.on("session", (accept) => serveSession(accept(), options, signals));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: hostKeys.publicKey,
    logins: () => logins,
    open: () => connections.size,
    breakConnections: () => {
      for (const connection of connections) {
        connection.end();
      }
    },
    close: () =>
      new Promise((resolve) => {
        for (const connection of connections) {
          connection.end();
        }
        server.close(() => resolve());
      }),
  };
}

type SignalListeners = ((name: string) => void)[];

/** ssh2 1.17's server drops the signals that come once a command runs: they are taken from its protocol. */
function listenForSignals(connection: Connection): SignalListeners {
  type Handler = (protocol: unknown, channel: number, type: string, wantReply: boolean, data: unknown) => void;
  const { _handlers } = (connection as unknown as { _protocol: { _handlers: { CHANNEL_REQUEST: Handler } } })._protocol;
  const listeners: SignalListeners = [];
  const handle = _handlers.CHANNEL_REQUEST;
  _handlers.CHANNEL_REQUEST = (protocol, channel, type, wantReply, data) => {
    if (type === "signal") {
      listeners.forEach((listen) => listen(data as string));
    }
    handle(protocol, channel, type, wantReply, data);
  };
  return listeners;
}

function authenticate(attempt: AuthContext, options: SshServerOptions): void {
  if (attempt.method === "publickey" && options.authorizedKey !== undefined) {
    const [type = "", blob = ""] = options.authorizedKey.split(" ");
    const key = utils.parseKey(`${type} ${blob}`);
    const same = !(key instanceof Error) && attempt.key.data.equals(Buffer.from(blob, "base64"));
    const signed =
      attempt.signature === undefined || attempt.blob === undefined
        ? true
        : !(key instanceof Error) && key.verify(attempt.blob, attempt.signature, attempt.hashAlgo);
    if (same && signed) {
      attempt.accept();
    } else {
      attempt.reject();
    }
  } else {
    attempt.reject(["publickey"]);
  }
}

function serveSession(session: Session, options: SshServerOptions, signals: SignalListeners): void {
  session.on("exec", (accept, _reject, info) => {
    const child = runCommand(accept(), info.command);
    signals.push(
      (name) => child.pid !== undefined && child.exitCode === null && process.kill(-child.pid, `SIG${name}`),
    );
  });
  if (options.files !== undefined) {
    const root = options.files;
    session.on("sftp", (accept) => serveFiles(accept(), root));
  }
}

function runCommand(channel: ServerChannel, command: string): ChildProcess {
  const child = spawn("/bin/sh", ["-c", command], { env: { PATH: process.env["PATH"] }, detached: true });
  channel.pipe(child.stdin);
  child.stdin.on("error", () => undefined);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.on("close", (code, signal) => {
    if (signal === null) {
      channel.exit(code ?? 0);
    } else {
      channel.exit(signal.replace("SIG", ""), false, "");
    }
    channel.end();
  });
  channel.on("error", () => undefined);
  return child;
}

const { OPEN_MODE, STATUS_CODE } = utils.sftp;

function serveFiles(sftp: SFTPWrapper, root: string): void {
  const local = (path: string): string => join(root, path);
  const stat = (id: number, path: string): void => {
    answer(sftp, id, () => sftp.attrs(id, attributes(statSync(local(path)))));
  };
  sftp.on("REALPATH", (id, path) => sftp.name(id, [{ filename: path, longname: path, attrs: {} as never }]));
  sftp.on("STAT", stat);
  sftp.on("LSTAT", stat);
  sftp.on("OPEN", (id, path, flags) => {
    answer(sftp, id, () => {
      const writes = (flags & OPEN_MODE.WRITE) !== 0;
      sftp.handle(id, handleOf(openSync(local(path), writes ? "w" : "r")));
    });
  });
  sftp.on("WRITE", (id, handle, offset, data) => {
    answer(sftp, id, () => {
      writeSync(handle.readUInt32BE(0), data, 0, data.length, offset);
      sftp.status(id, STATUS_CODE.OK);
    });
  });
  sftp.on("FSTAT", (id, handle) => {
    answer(sftp, id, () => sftp.attrs(id, attributes(fstatSync(handle.readUInt32BE(0)))));
  });
  sftp.on("CLOSE", (id, handle) => {
    answer(sftp, id, () => {
      closeSync(handle.readUInt32BE(0));
      sftp.status(id, STATUS_CODE.OK);
    });
  });
}

function answer(sftp: SFTPWrapper, id: number, act: () => void): void {
  try {
    act();
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    sftp.status(id, missing ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE, (error as Error).message);
  }
}

function handleOf(descriptor: number): Buffer {
  const handle = Buffer.alloc(4);
  handle.writeUInt32BE(descriptor);
  return handle;
}

function attributes(stats: Stats): {
  mode: number;
  uid: number;
  gid: number;
  size: number;
  atime: number;
  mtime: number;
} {
  const { mode, uid, gid, size } = stats;
  return { mode, uid, gid, size, atime: stats.atimeMs / 1000, mtime: stats.mtimeMs / 1000 };
}
