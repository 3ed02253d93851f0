import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { AwsAccount } from "./aws/account";
import type { AccountSettings } from "./aws/account-data";
import { awsCheckout } from "./aws/checkout";
import { ensureInstanceImage } from "./aws/machines/index";
import { TestLab } from "./lab";

const AMI = "ami-0123456789abcdef0";

/** The SSM parameter of an image that holds what this machine's registry source serves. */
const IMAGE_PARAMETER = "/istio-lab/image";

/** A lab in a test account of its own, driven by a copy of the checkout whose Pulumi.yaml names the account's plugin. */
export class AwsTestLab extends TestLab {
  private constructor(
    stack: string,
    /** What a person with a browser would see and change. */
    public readonly account: AwsAccount,
    folder: string,
  ) {
    super(stack, folder);
  }

  /**
   * Makes the account and the copy, and the machine image if it is not there yet.
   * @param stack the stack's name, e.g. `e2e-aws`
   * @param settings of the account, beside its image
   */
  public static async create(stack: string, settings: Partial<AccountSettings> = {}): Promise<AwsTestLab> {
    const folder = TestLab.makeFolder();
    const image = await ensureInstanceImage();
    const region = { amis: { [AMI]: { image } }, parameters: { [IMAGE_PARAMETER]: AMI } };
    const account = AwsAccount.create(join(folder, "account"), { regions: { "ap-northeast-2": region }, ...settings });
    const lab = new AwsTestLab(stack, account, folder);
    lab.checkout = await awsCheckout(folder);
    return lab;
  }

  /** Words of `up` that build the lab in the account, reached from this machine alone. */
  public get config(): readonly string[] {
    return this.configWith({});
  }

  /**
   * The words of `config`, some of them with other values: `up` refuses a key that has two.
   * @param others keys of the configuration and their values, e.g. `{ ttlHours: "0" }`
   */
  public configWith(others: Readonly<Record<string, string>>): readonly string[] {
    const settings = {
      platform: "aws",
      ingressCidr: "127.0.0.1/32",
      amiParameter: IMAGE_PARAMETER,
      owner: "tester",
      ...others,
    };
    return Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  }

  public override get environment(): NodeJS.ProcessEnv {
    return { ...super.environment, ...this.account.environment };
  }

  /** Publishes the same image under another id, as Canonical does every few weeks. */
  public async publishImage(id: string): Promise<void> {
    await this.account.change(({ regions }) => {
      const region = regions["ap-northeast-2"];
      const image = region?.amis[AMI];
      if (region !== undefined && image !== undefined) {
        region.amis[id] = image;
        region.parameters[IMAGE_PARAMETER] = id;
      }
    });
  }

  /** The running instance of a host. */
  public async instance(name: string) {
    const instances = await this.account.instances();
    const found = instances.find(({ tags, state }) => tags["Name"] === name && state === "running");
    if (found === undefined) {
      throw new Error(`no instance ${name} runs: ${JSON.stringify(instances.map(({ id, state }) => [id, state]))}`);
    }
    return found;
  }

  /**
   * Runs a plain `pulumi` in the copy, with the environment that `npm run lab -- env` gives.
   * @param others variables that differ from it
   */
  public async pulumi(words: readonly string[], others: NodeJS.ProcessEnv = {}): Promise<string> {
    const { stdout } = await this.run("env");
    const exported = [...stdout.matchAll(/^export (\w+)='?(.*?)'?$/gm)].map(([, name = "", value = ""]) => [
      name,
      value,
    ]);
    const env = { ...this.environment, ...(Object.fromEntries(exported) as NodeJS.ProcessEnv), ...others };
    return execFileSync("pulumi", [...words], { cwd: this.checkout, env, encoding: "utf8", maxBuffer: 2 ** 26 });
  }

  public override async cleanUp(): Promise<void> {
    await this.run("destroy", ["--yes"]);
    await this.account.close();
    this.removeFolder();
  }
}
