import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** How important a message is. */
export type Severity = "debug" | "info" | "warning" | "error";

/** A message for the engine's display. */
export interface LogMessage {
  readonly severity: Severity;
  readonly text: string;
  /** The resource under which it shows. Default: the stack. */
  readonly urn?: string;
  /** Shown while it happens, kept out of the final diagnostics. Default false. */
  readonly status?: boolean;
}

/** Where plugins tell the user what goes on. Messages of one plugin arrive in the order in which they are given. */
export interface EngineLog {
  /** Queues a message; does not wait and does not throw. */
  log(message: LogMessage): void;
  /** Resolves when everything queued so far has arrived, or could not be delivered. */
  flush(): Promise<void>;
  /** Lets go of the engine. */
  close(): void;
}

const severities: Readonly<Record<Severity, LogSeverity>> = {
  debug: LogSeverity.DEBUG,
  info: LogSeverity.INFO,
  warning: LogSeverity.WARNING,
  error: LogSeverity.ERROR,
};

// A program that writes faster than the engine reads is sent on in fewer, larger messages.
const largestMessage = 64 * 1024;

/**
 * Connects to the engine's log.
 * @param address `host:port` as given on the plugin's command line; undefined: nothing is logged
 */
export function connectEngineLog(address: string | undefined): EngineLog {
  if (address === undefined) {
    return { log: () => undefined, flush: () => Promise.resolve(), close: () => undefined };
  }
  return new EngineLogClient(new EngineClient(address, grpc.credentials.createInsecure()));
}

class EngineLogClient implements EngineLog {
  private readonly waiting: LogMessage[] = [];
  private sending: Promise<void> | undefined;

  constructor(private readonly client: EngineClient) {}

  log(message: LogMessage): void {
    for (const part of splitMessage(message)) {
      this.waiting.push(part);
    }
    this.sending ??= this.send();
  }

  async flush(): Promise<void> {
    await this.sending;
  }

  close(): void {
    this.client.close();
  }

  private async send(): Promise<void> {
    for (let next = takeNext(this.waiting); next !== undefined; next = takeNext(this.waiting)) {
      await this.deliver(next);
    }
    this.sending = undefined;
  }

  private deliver(message: LogMessage): Promise<void> {
    const request = new LogRequest()
      .setSeverity(severities[message.severity])
      .setMessage(message.text)
      .setUrn(message.urn ?? "")
      .setEphemeral(message.status ?? false);
    // An engine that has gone reads no log: the plugin learns of that elsewhere.
    return new Promise((resolve) => this.client.log(request, () => resolve()));
  }
}

function splitMessage(message: LogMessage): LogMessage[] {
  if (message.text.length <= largestMessage) {
    return [message];
  }
  const parts: LogMessage[] = [];
  for (let start = 0; start < message.text.length; start += largestMessage) {
    parts.push({ ...message, text: message.text.slice(start, start + largestMessage) });
  }
  return parts;
}

/** Takes the first message, together with those behind it that belong to the same place. Exported for its test. */
export function takeNext(waiting: LogMessage[]): LogMessage | undefined {
  const first = waiting.shift();
  if (first === undefined) {
    return undefined;
  }
  let text = first.text;
  for (let next = waiting[0]; next !== undefined && joins(first, next, text); next = waiting[0]) {
    text += `\n${next.text}`;
    waiting.shift();
  }
  return { ...first, text };
}

function joins(first: LogMessage, next: LogMessage, text: string): boolean {
  return (
    next.severity === first.severity &&
    next.urn === first.urn &&
    next.status === first.status &&
    text.length + next.text.length < largestMessage
  );
}
