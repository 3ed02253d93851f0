import { randomBytes } from "node:crypto";
import type { PropertyMap } from "../rpc/property-value";
import type { DiffResult, ReadResult } from "../rpc/provider";
import { AwsProvider } from "./provider/provider";

/** A resource as Pulumi's state would have it. */
export interface Driven {
  readonly type: string;
  readonly id: string;
  readonly inputs: PropertyMap;
  readonly state: PropertyMap;
}

/** What a change comes to. */
export interface Plan {
  readonly replaces: readonly string[];
  readonly updates: readonly string[];
}

const { signal } = new AbortController();

/** Drives the provider as the engine does, one operation at a time: for tests that need no program. */
export class Driver {
  readonly provider: AwsProvider;

  private constructor(environment: Readonly<Record<string, string>>) {
    this.provider = new AwsProvider(environment);
  }

  /**
   * A provider that is configured.
   * @param environment the account's, or what a test makes of it
   * @throws Error if the configuration is refused
   */
  static async start(
    environment: Readonly<Record<string, string>>,
    inputs: PropertyMap = { region: "ap-northeast-2" },
  ): Promise<Driver> {
    const driver = new Driver(environment);
    await driver.provider.configure({ inputs, signal });
    return driver;
  }

  /**
   * Checks inputs.
   * @throws Error with the reasons if they are refused
   */
  async check(type: string, news: PropertyMap, olds?: PropertyMap): Promise<PropertyMap> {
    const randomSeed = randomBytes(32);
    const request = { ...identity(type), olds, news, randomSeed, autonaming: undefined };
    const { inputs, failures = [] } = await this.provider.check(request);
    if (failures.length > 0) {
      throw new Error(failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
    }
    return inputs;
  }

  async create(type: string, news: PropertyMap): Promise<Driven> {
    const inputs = await this.check(type, news);
    const made = await this.provider.create({ ...identity(type), inputs, preview: false });
    return { type, inputs, ...made };
  }

  /** Which properties of new inputs replace the resource, and which only update it. */
  async plan(resource: Driven, news: PropertyMap): Promise<Plan> {
    const { replaces = [], diffs = [] } = await this.diff(resource, news);
    return { replaces, updates: diffs.filter((path) => !replaces.includes(path)) };
  }

  async diff(resource: Driven, news: PropertyMap): Promise<DiffResult> {
    const { type, id, inputs, state } = resource;
    const checked = await this.check(type, news, inputs);
    return this.provider.diff({ ...identity(type), id, oldInputs: inputs, state, news: checked, ignoreChanges: [] });
  }

  /** Changes some inputs in place. */
  async update(resource: Driven, changes: PropertyMap): Promise<Driven> {
    const { type, id, inputs: oldInputs, state: old } = resource;
    const news = await this.check(type, { ...oldInputs, ...changes }, oldInputs);
    const request = { ...identity(type), id, oldInputs, state: old, news, ignoreChanges: [] };
    const state = await this.provider.update({ ...request, preview: false });
    return { type, id, inputs: news, state };
  }

  /** The resource as it is; undefined if it is gone. */
  async read({ type, id, state, inputs }: Driven): Promise<Driven | undefined> {
    const found: ReadResult = await this.provider.read({ ...identity(type), id, state, inputs });
    return found === undefined ? undefined : { type, ...found };
  }

  async delete({ type, id, state, inputs }: Driven): Promise<void> {
    await this.provider.delete({ ...identity(type), id, state, oldInputs: inputs });
  }

  async invoke(token: string, args: PropertyMap): Promise<PropertyMap> {
    return (await this.provider.invoke({ token, args, signal })).result;
  }
}

function identity(type: string): { urn: string; type: string; name: string; signal: AbortSignal } {
  return { urn: `urn:pulumi:test::lab::${type}::named`, type, name: "named", signal };
}
