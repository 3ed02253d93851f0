import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

/** Key under which the SDK marks a special value. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
/** The mark of a secret. */
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** One registration, as the engine would see it. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  /** URN of the parent. */
  readonly parent: string;
  readonly dependencies: readonly string[];
  readonly deletedWith: string;
  /** URN and id of its provider; empty for the default one. */
  readonly provider: string;
  /** URNs with which it is replaced. */
  readonly replaceWith: readonly string[];
  readonly deleteBeforeReplace: boolean;
  readonly additionalSecretOutputs: readonly string[];
  /** Inputs whose change is none. */
  readonly ignoreChanges: readonly string[];
  /** Inputs as they travel: a secret is an object with a mark. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** What a request to register holds; the SDK's own types hide it. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getParent(): string;
  getDependenciesList(): string[];
  getDeletedwith(): string;
  getProvider(): string;
  getReplaceWithList(): string[];
  getDeletebeforereplace(): boolean;
  getAdditionalsecretoutputsList(): string[];
  getIgnorechangesList(): string[];
  getObject(): { toJavaScript(): Record<string, unknown> };
}

/** What mocked commands print, by the ending of their name. */
export type Outputs = (name: string) => string;

/** What else a mocked resource is told by its provider, beside its inputs. */
export type Told = (type: string, name: string) => Readonly<Record<string, unknown>>;

/**
 * Runs a program against mocks and returns every registration.
 * Awaiting one output misses what is registered later, so this waits until nothing is under way any more.
 * @param outputs stdout of a mocked command by its name
 * @param build registers the resources
 * @param told what the providers of other resources add. Default nothing
 */
export async function registrations(
  outputs: Outputs,
  build: () => unknown,
  told: Told = () => ({}),
): Promise<Registration[]> {
  const seen: Registration[] = [];
  const original = MockMonitor.prototype.registerResource as (request: RegisterRequest, done: unknown) => Promise<void>;
  MockMonitor.prototype.registerResource = function (this: unknown, request: RegisterRequest, done: unknown) {
    seen.push(registration(request));
    return original.call(this, request, done);
  } as never;
  try {
    await pulumi.runtime.setMocks(
      {
        newResource: ({ type, name, inputs }) => ({
          id: `${name}-id`,
          state: { ...(inputs as Record<string, unknown>), stdout: outputs(name), ...told(type, name) },
        }),
        call: () => ({}),
      },
      "istio-lab",
      "test",
      false,
    );
    build();
    await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
  } finally {
    MockMonitor.prototype.registerResource = original as never;
  }
  return seen;
}

function registration(request: RegisterRequest): Registration {
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent: request.getParent(),
    dependencies: request.getDependenciesList(),
    deletedWith: request.getDeletedwith(),
    provider: request.getProvider(),
    replaceWith: request.getReplaceWithList(),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    ignoreChanges: request.getIgnorechangesList(),
    inputs: request.getObject().toJavaScript(),
  };
}

/**
 * The registration of this name.
 * @throws Error that names those there are
 */
export function registered(all: readonly Registration[], name: string): Registration {
  const found = all.find((one) => one.name === name);
  if (!found) {
    throw new Error(`${name} is not registered; there are ${all.map((one) => one.name).join(", ")}`);
  }
  return found;
}

/** Is this input marked secret as a whole? */
export function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && (value as Record<string, unknown>)[SIGNATURE] === SECRET;
}

/** Name at the end of a URN. */
export function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? "";
}
