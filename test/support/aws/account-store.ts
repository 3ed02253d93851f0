import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../../infra/toolchain/files";
import { acquireLock } from "../../../infra/core/lock";
import type { AccountData } from "./account-data";
import { ApiError } from "./api-error";

/** One call of AWS's API, as the journal has it. */
export interface Call {
  /** ISO 8601. */
  readonly time: string;
  /** E.g. `CreateVpc`. */
  readonly operation: string;
  /** Whether the operation changes anything: false for Describe and Get. */
  readonly changes: boolean;
  readonly region: string;
  /** Id or name that the call is about, or that it has made; "" if there is none. */
  readonly resource: string;
  /** `ok`, or AWS's error code. */
  readonly outcome: string;
}

/** A call that failed, in the words of the AWS SDK. */
export class OperationError extends Error {
  /** @param cause what AWS said */
  constructor(
    service: string,
    operation: string,
    override readonly cause: ApiError,
  ) {
    super(`operation error ${service}: ${operation}, ${cause.message}`);
  }
}

/**
 * The account's file, shared by every process that has to do with the account. Each change is made under a lock, which a
 * killed process does not keep, and is written whole or not at all.
 */
export class AccountStore {
  private readonly file: string;
  private readonly journal: string;

  /** @param folder the account's folder; its account.json exists */
  constructor(readonly folder: string) {
    this.file = join(folder, "account.json");
    this.journal = join(folder, "calls.jsonl");
  }

  /**
   * The contents as they are now, which is a copy.
   * @throws Error if the folder holds no account
   */
  read(): AccountData {
    if (!existsSync(this.file)) {
      throw new Error(`no test account in ${this.folder}: AwsAccount.create makes one`);
    }
    return JSON.parse(readFileSync(this.file, "utf8")) as AccountData;
  }

  /**
   * Changes the contents; nothing changes if the function throws.
   * @param change gets a copy to change, and must not wait: others do
   */
  async change<T>(change: (data: AccountData) => T): Promise<T> {
    const lock = await acquireLock(join(this.folder, "account.lock"), { pollMilliseconds: 10 });
    try {
      const data = this.read();
      const result = change(data);
      writeFileAtomic(this.file, JSON.stringify(data, null, 2));
      return result;
    } finally {
      lock.release();
    }
  }

  /**
   * One call of the API that changes something: journaled with its outcome.
   * @param call operation, region and what it is about; the function's result is the journal's resource if it is text
   * @throws OperationError if the function throws ApiError
   */
  async call<T>(call: ApiCall, change: (data: AccountData) => T): Promise<T> {
    return this.journaled(call, true, () => this.change(change));
  }

  /** The same for a call that only looks. */
  async look<T>(call: ApiCall, look: (data: AccountData) => T): Promise<T> {
    return this.journaled(call, false, () => Promise.resolve(look(this.read())));
  }

  /** All calls so far, in order. */
  calls(): Call[] {
    const text = existsSync(this.journal) ? readFileSync(this.journal, "utf8") : "";
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line) as Call);
  }

  private async journaled<T>(call: ApiCall, changes: boolean, run: () => Promise<T>): Promise<T> {
    const { operation, region, service = "EC2" } = call;
    const note = (resource: string, outcome: string): void => {
      const line: Call = { time: new Date().toISOString(), operation, changes, region, resource, outcome };
      appendFileSync(this.journal, `${JSON.stringify(line)}\n`, { mode: 0o600 });
    };
    try {
      const result = await run();
      note(call.resource ?? (typeof result === "string" ? result : ""), "ok");
      return result;
    } catch (error) {
      note(call.resource ?? "", error instanceof ApiError ? error.code : "failed");
      throw error instanceof ApiError ? new OperationError(service, operation, error) : error;
    }
  }
}

/** What the journal says of a call. */
export interface ApiCall {
  readonly operation: string;
  readonly region: string;
  readonly resource?: string;
  /** As the SDK names it. Default EC2. */
  readonly service?: string;
}
