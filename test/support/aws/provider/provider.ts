import { setTimeout as sleep } from "node:timers/promises";
import { propertiesWithoutSecrets } from "../../rpc/property-tree";
import type { PropertyMap } from "../../rpc/property-value";
import {
  InitializationError,
  type CheckRequest,
  type CheckResult,
  type ConfigureRequest,
  type CreateRequest,
  type CreateResult,
  type DeleteRequest,
  type DiffRequest,
  type DiffResult,
  type InvokeRequest,
  type InvokeResult,
  type ReadRequest,
  type ReadResult,
  type ResourceProvider,
  type UpdateRequest,
} from "../../rpc/provider";
import { AccountStore } from "../account-store";
import { ApiError, saysGone, saysInUse } from "../api-error";
import { openMachines } from "../open-machines";
import { resourceTypes } from "../ec2/index";
import { refuseTags } from "../ec2/tags";
import { checkResource, defaultsKey } from "./check";
import { configure, diffConfiguration, type Configuration, type Environment } from "./configuration";
import { diffResource } from "./diff";
import { isGiven, tagsIn, textIn } from "./inputs";
import { invokeFunction } from "../invoke/index";
import { previewState, refreshedInputs, stateOf } from "./state";
import type { Context, ResourceType } from "./resource-type";

/** Variable that names the account's folder. */
export const folderVariable = "ISTIO_LAB_TEST_AWS";

const retryMilliseconds = 250;

/** A stand-in for the `aws` provider 7.48.0 whose AWS is a folder: what AWS and the official provider refuse, it refuses. */
export class AwsProvider implements ResourceProvider {
  readonly version = "7.48.0";
  private configuration: Configuration | undefined;
  private opened: AccountStore | undefined;

  /** @param environment the process's variables */
  constructor(private readonly environment: Environment) {}

  diffConfig(request: DiffRequest): Promise<DiffResult> {
    return Promise.resolve(diffConfiguration(request));
  }

  async configure(request: ConfigureRequest): Promise<void> {
    this.configuration = await configure(request.inputs, this.environment, () => this.store());
  }

  check(request: CheckRequest): Promise<CheckResult> {
    return Promise.resolve(checkResource(resourceOf(request.type), request));
  }

  diff(request: DiffRequest): Promise<DiffResult> {
    return Promise.resolve(diffResource(resourceOf(request.type), request));
  }

  async create(request: CreateRequest): Promise<CreateResult> {
    const resource = resourceOf(request.type);
    const inputs = plain(request.inputs);
    if (request.preview) {
      return { id: "", state: previewState(resource, request.inputs, this.configuration) };
    }
    const context = await this.context(inputs, request.signal);
    const create = async (): Promise<string> => resource.create(context, withGoodTags(inputs));
    const id = await named(`creating ${resource.title}`, create());
    const failure = await resource.settle?.(context, id, inputs).then(() => undefined, asError);
    const state = stateOf(resource, context, id, request.inputs);
    if (failure !== undefined) {
      const message = `waiting for ${resource.title} (${id}) create: ${failure.message}`;
      throw new InitializationError(message, { id, state, inputs: request.inputs, reasons: [message] });
    }
    return { id, state };
  }

  async read(request: ReadRequest): Promise<ReadResult> {
    const resource = resourceOf(request.type);
    const state = plain(request.state);
    const context = await this.context(state, request.signal);
    const { id } = request;
    await resource.observe?.(context, id);
    const call = { operation: resource.describes, region: context.region, resource: id };
    const found = await context.store.look(call, (data) => resource.describe(data, id, context.region));
    if (found === undefined) {
      return undefined;
    }
    const news = stateOf(resource, context, id, request.inputs);
    return { id, state: news, inputs: refreshedInputs(resource, request.inputs, request.state, news) };
  }

  async update(request: UpdateRequest): Promise<PropertyMap> {
    const resource = resourceOf(request.type);
    const ignored = Object.entries(request.oldInputs).filter(([name]) => request.ignoreChanges.includes(name));
    const news = { ...request.news, ...Object.fromEntries(ignored) };
    if (request.preview) {
      return { ...request.state, ...previewState(resource, news, this.configuration, request.state) };
    }
    const context = await this.context(plain(request.state), request.signal);
    const update = async (): Promise<void> =>
      resource.update?.(context, request.id, plain(request.oldInputs), withGoodTags(plain(news)));
    await named(`updating ${resource.title} (${request.id})`, update());
    return stateOf(resource, context, request.id, news);
  }

  async delete(request: DeleteRequest): Promise<void> {
    const resource = resourceOf(request.type);
    const state = plain(request.state);
    const context = await this.context(state, request.signal);
    const until = Date.now() + context.store.read().deleteRetrySeconds * 1000;
    for (;;) {
      try {
        await named(`deleting ${resource.title} (${request.id})`, resource.delete(context, request.id, state));
        return;
      } catch (error) {
        if (saysGone(error)) {
          return;
        }
        if (!saysInUse(error) || Date.now() >= until) {
          throw error;
        }
        await sleep(retryMilliseconds, undefined, { signal: request.signal });
      }
    }
  }

  async invoke(request: InvokeRequest): Promise<InvokeResult> {
    const args = plain(request.args);
    const context = await this.context(args, request.signal);
    return { result: await invokeFunction(request.token, args, context) };
  }

  private store(): AccountStore {
    const folder = this.environment[folderVariable];
    if (folder === undefined || folder === "") {
      throw new Error(`${folderVariable} names no test account's folder`);
    }
    return (this.opened ??= new AccountStore(folder));
  }

  private async context(properties: PropertyMap, signal: AbortSignal): Promise<Context> {
    if (this.configuration === undefined) {
      throw new Error("the provider's region is not known");
    }
    const store = this.store();
    const region = textIn(properties, "region") ?? this.configuration.region;
    const machines = openMachines(store);
    return { store, machines, region, signal };
  }
}

function resourceOf(type: string): ResourceType {
  const resource = resourceTypes[type];
  if (resource === undefined) {
    throw new Error(`the test account has no resource ${type}; there are ${Object.keys(resourceTypes).join(", ")}`);
  }
  return resource;
}

/** Properties without secrets and without what is null, which means the same as missing. */
function plain(properties: PropertyMap): PropertyMap {
  const { [defaultsKey]: _defaults, ...rest } = propertiesWithoutSecrets(properties);
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => isGiven(value)));
}

/** @throws ApiError for tags that AWS does not take */
function withGoodTags(inputs: PropertyMap): PropertyMap {
  refuseTags(tagsIn(inputs));
  return inputs;
}

/** Puts before an error's message what was being done; the cause, and with it AWS's code, stays. */
async function named<T>(action: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof InitializationError) {
      throw error;
    }
    // Every layer that names what it does keeps AWS's own error as the cause.
    const cause = error instanceof ApiError ? error : asError(error).cause;
    throw new Error(`${action}: ${asError(error).message}`, { cause });
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
