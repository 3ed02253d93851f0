import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { randomInt } from "node:crypto";
import { writeFileAtomic } from "../../../infra/toolchain/files";
import {
  arnOf,
  emptyAccount,
  resourceKinds,
  type AccountData,
  type AccountSettings,
  type ResourceKind,
  type Tags,
} from "./account-data";
import { AccountStore, type Call } from "./account-store";
import { all } from "./ec2/find";
import { observeInstances, startInstance, terminateInstance, type PowerContext } from "./ec2/instance-power";
import { publicAddressOf } from "./ec2/public-addresses";
import { removeAll } from "./machines/index";
import { openMachines } from "./open-machines";
import { folderVariable } from "./provider/provider";

/** Something in the account that AWS bills or lists. */
export interface ListedResource {
  readonly arn: string;
  /** As in the ARN, e.g. `security-group`. */
  readonly type: string;
  readonly id: string;
  readonly region: string;
  readonly tags: Tags;
  /** Of an instance, e.g. `running`; of anything else `available`. */
  readonly state: string;
}

/** An instance as a test looks at it. */
export interface ListedInstance {
  readonly id: string;
  readonly state: string;
  readonly instanceType: string;
  readonly privateIp: string | undefined;
  readonly publicIp: string | undefined;
  readonly tags: Tags;
  readonly userData: string;
}

/** Settings of an account whose test says nothing. */
const defaultSettings: Omit<AccountSettings, "addressNumber"> = {
  regions: { "ap-northeast-2": { amis: {}, parameters: {} } },
  accountId: "123456789012",
  accessKeyId: "AKIATESTACCOUNT00000",
  secretAccessKey: "secret-of-the-test-account",
  pendingSeconds: 0.5,
  tagIndexLagSeconds: 2,
  deleteRetrySeconds: 5,
  machines: "containers",
};

/** A test's console of the account: sees it and changes it past Pulumi, as a person with a browser does. */
export class AwsAccount {
  private constructor(
    readonly folder: string,
    private readonly store: AccountStore,
  ) {}

  /**
   * Makes an empty account.
   * @param folder becomes the account's; made if it is not there, and gone after `close`
   * @param settings what differs from the defaults
   */
  static create(folder: string, settings: Partial<AccountSettings> = {}): AwsAccount {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const data = emptyAccount({ ...defaultSettings, addressNumber: randomInt(256), ...settings });
    writeFileAtomic(join(folder, "account.json"), JSON.stringify(data, null, 2));
    return new AwsAccount(folder, new AccountStore(folder));
  }

  /** The account of a folder in which `create` has made one. */
  static open(folder: string): AwsAccount {
    return new AwsAccount(folder, new AccountStore(folder));
  }

  /** Variables that make a Pulumi run use the account. */
  get environment(): Readonly<Record<string, string>> {
    const { accessKeyId, secretAccessKey } = this.store.read();
    return {
      [folderVariable]: this.folder,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
  }

  /** Everything that AWS bills or lists, in the order of its making within a type; no terminated instances. */
  async resources(): Promise<ListedResource[]> {
    await observeInstances(this.power());
    const data = this.store.read();
    const kinds = Object.keys(resourceKinds) as ResourceKind[];
    return kinds.flatMap((kind) => listed(data, kind)).filter(({ state }) => state !== "terminated");
  }

  /** Instances, also terminated ones. */
  async instances(): Promise<ListedInstance[]> {
    await observeInstances(this.power());
    const data = this.store.read();
    return all(data, "instances").map((each) => {
      const place = data.networkInterfaces[each.networkInterfaceId];
      return {
        id: each.id,
        state: each.state,
        instanceType: each.instanceType,
        privateIp: place?.privateIps[0],
        publicIp: place && publicAddressOf(data, place),
        tags: each.tags,
        userData: each.userData,
      };
    });
  }

  /** Terminates an instance. */
  terminate(instanceId: string): Promise<void> {
    return terminateInstance(this.power(), instanceId);
  }

  /** Powers a machine off from within: no call of AWS, which sees it when somebody looks. */
  powerOff(instanceId: string): Promise<void> {
    return this.power().machines.stop(instanceId);
  }

  /** Starts a stopped instance. */
  start(instanceId: string): Promise<void> {
    return startInstance(this.power(), instanceId);
  }

  /** Changes settings or resources, as nobody but AWS could. */
  change(change: (data: AccountData) => void): Promise<void> {
    return this.store.change(change);
  }

  /** The contents as they are now. */
  read(): AccountData {
    return this.store.read();
  }

  /** Calls of the API so far, in order. */
  calls(): Call[] {
    return this.store.calls();
  }

  /** The operations that changed something, in order, without those that AWS refused. */
  changes(): string[] {
    const changes = this.calls().filter((call) => call.changes && call.outcome === "ok");
    return changes.map(({ operation }) => operation);
  }

  /** Removes everything: machines, networks, the folder. */
  async close(): Promise<void> {
    if (this.store.read().machines === "containers") {
      await removeAll(this.folder);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private power(): PowerContext {
    return { store: this.store, machines: openMachines(this.store), signal: new AbortController().signal };
  }
}

function listed(data: AccountData, kind: ResourceKind): ListedResource[] {
  return all(data, kind).map((each) => ({
    arn: arnOf(data, kind, each),
    type: resourceKinds[kind],
    id: each.id,
    region: each.region,
    tags: each.tags,
    state: "state" in each ? each.state : "available",
  }));
}
