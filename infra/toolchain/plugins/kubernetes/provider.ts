import type { EngineLog } from "../rpc/engine-log";
import type { PropertyMap } from "../rpc/property-value";
import type {
  CheckRequest,
  CheckResult,
  ConfigureRequest,
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
  UpdateRequest,
} from "../rpc/provider";
import { accessCluster, type ClusterAccess } from "./cluster-access";
import { diffProvider } from "./provider-diff";
import { readProviderSettings, unsupportedSettings } from "./provider-settings";
import { checkResource } from "./resource-check";
import { createResource } from "./resource-create";
import { deleteResource } from "./resource-delete";
import { diffResource } from "./resource-diff";
import { readResource } from "./resource-read";
import { updateResource } from "./resource-update";
import { decodeYaml } from "./yaml-decode";

/**
 * Kubernetes objects of any kind as Pulumi resources: what the official provider of the same version does, as far as the
 * labs use it. Each method is in a file of its own.
 */
export class KubernetesProvider implements ResourceProvider {
  readonly name = "kubernetes";
  readonly version = "4.34.2";
  readonly supportsPreview = true;
  private access: ClusterAccess = accessCluster(readProviderSettings({}));

  /** @param log where progress and warnings go */
  constructor(private readonly log: EngineLog) {}

  checkConfig(request: CheckRequest): Promise<CheckResult> {
    return Promise.resolve({ inputs: request.news, failures: unsupportedSettings(request.news) });
  }

  diffConfig(request: DiffRequest): Promise<DiffResult> {
    const olds = Object.keys(request.state).length > 0 ? request.state : request.oldInputs;
    return Promise.resolve(diffProvider(olds, request.news));
  }

  configure(request: ConfigureRequest): Promise<void> {
    this.access = accessCluster(readProviderSettings(request.inputs));
    return Promise.resolve();
  }

  check(request: CheckRequest): Promise<CheckResult> {
    return checkResource(request, this.access);
  }

  diff(request: DiffRequest): Promise<DiffResult> {
    return Promise.resolve(diffResource(request, this.access.settings));
  }

  create(request: CreateRequest): Promise<CreateResult> {
    return createResource(request, this.access, this.log);
  }

  read(request: ReadRequest): Promise<ReadResult> {
    return readResource(request, this.access, this.log);
  }

  update(request: UpdateRequest): Promise<PropertyMap> {
    return updateResource(request, this.access, this.log);
  }

  delete(request: DeleteRequest): Promise<void> {
    return deleteResource(request, this.access, this.log);
  }

  invoke(request: InvokeRequest): Promise<InvokeResult> {
    if (request.token !== "kubernetes:yaml:decode") {
      return Promise.reject(
        new Error(
          `${request.token} needs the official Kubernetes plugin; this machine has the one for package registries`,
        ),
      );
    }
    return Promise.resolve({ result: decodeYaml(request.args, this.access) });
  }
}
