import type { EngineLog } from "../rpc/engine-log";
import { propertiesWithoutSecrets } from "../rpc/property-tree";
import type { PropertyMap } from "../rpc/property-value";
import type {
  CheckRequest,
  CheckResult,
  CreateRequest,
  CreateResult,
  DeleteRequest,
  DiffRequest,
  DiffResult,
  InvokeRequest,
  InvokeResult,
  ReadRequest,
  ReadResult,
  ResourceProvider,
  ResourceRequest,
  UpdateRequest,
} from "../rpc/provider";
import { checkInputs } from "./check";
import { diffInputs } from "./diff";
import { localRunArguments } from "./fields";
import { localCommand, runLocalCommand } from "./local-command";
import { previewCreate, previewUpdate } from "./outputs";
import { copyToRemote } from "./remote/copy-to-remote";
import { remoteCommand } from "./remote/remote-command";
import { textIn, uniqueId, type CommandResource, type Operation } from "./resource";

const resources: Readonly<Record<string, CommandResource>> = {
  "command:local:Command": localCommand,
  "command:remote:Command": remoteCommand,
  "command:remote:CopyToRemote": copyToRemote,
};

/** A drop-in for the `command` provider 1.2.1: the same inputs, outputs, diffs, replacements and messages. */
export class CommandProvider implements ResourceProvider {
  readonly name = "command";
  readonly version = "1.2.1";
  readonly supportsPreview = true;

  /** @param log where commands show what they write */
  constructor(private readonly log: EngineLog) {}

  check(request: CheckRequest): Promise<CheckResult> {
    const resource = resourceOf(request.type);
    const { inputs, failures = [] } = checkInputs(request.news, resource.inputs);
    const more = failures.length > 0 ? [] : (resource.check?.(propertiesWithoutSecrets(inputs)) ?? []);
    return Promise.resolve({ inputs, failures: [...failures, ...more] });
  }

  diff(request: DiffRequest): Promise<DiffResult> {
    return Promise.resolve(diffInputs(request.oldInputs, request.news, request.ignoreChanges));
  }

  async create(request: CreateRequest): Promise<CreateResult> {
    const resource = resourceOf(request.type);
    if (request.preview) {
      return { id: "", state: previewCreate(request.inputs, resource.computed) };
    }
    const outputs = await resource.create(propertiesWithoutSecrets(request.inputs), this.operation(request));
    const id = uniqueId(resource.namedId ? request.name : "");
    return { id, state: { ...request.inputs, ...outputs } };
  }

  read(request: ReadRequest): Promise<ReadResult> {
    return Promise.resolve({ id: request.id, state: request.state, inputs: request.inputs });
  }

  async update(request: UpdateRequest): Promise<PropertyMap> {
    const resource = resourceOf(request.type);
    const ignored = Object.entries(request.oldInputs).filter(([name]) => request.ignoreChanges.includes(name));
    const news = { ...request.news, ...Object.fromEntries(ignored) };
    if (request.preview) {
      return previewUpdate(request.state, news, resource.computed);
    }
    const state = propertiesWithoutSecrets(request.state);
    const outputs = await resource.update(state, propertiesWithoutSecrets(news), this.operation(request));
    return { ...news, ...outputs };
  }

  async delete(request: DeleteRequest): Promise<void> {
    const resource = resourceOf(request.type);
    await resource.delete(propertiesWithoutSecrets(request.state), this.operation(request));
  }

  async invoke(request: InvokeRequest): Promise<InvokeResult> {
    if (request.token !== "command:local:run") {
      throw new Error(`command provider: no function ${request.token}; there is command:local:run`);
    }
    const { inputs, failures = [] } = checkInputs(request.args, localRunArguments);
    if (failures.length > 0) {
      return { result: {}, failures };
    }
    const args = propertiesWithoutSecrets(inputs);
    const operation = { log: this.log, urn: "", signal: request.signal };
    const outputs = await runLocalCommand(textIn(args, "command") ?? "", args, {}, operation);
    return { result: { ...inputs, ...outputs } };
  }

  private operation(request: ResourceRequest): Operation {
    return { log: this.log, urn: request.urn, signal: request.signal };
  }
}

function resourceOf(type: string): CommandResource {
  const resource = resources[type];
  if (resource === undefined) {
    throw new Error(`command provider: no resource ${type}; there are ${Object.keys(resources).join(", ")}`);
  }
  return resource;
}
