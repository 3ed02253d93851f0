import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ownedName } from "../core/names";
import type { Site } from "../core/site";
import { LocalRunner } from "../exec/runner";
import { PUBLIC_KEY } from "../exec/step-output";
import type { Tagging } from "../network/aws-tags";
import type { LoginKey } from "./login-key";
import { SshKey } from "./ssh-key";

/** A key pair that the account has already. */
export interface ExistingKeyPair {
  /** EC2's name of it. */
  readonly name: string;
  /** Absolute path of its private key on this machine, without a passphrase. */
  readonly privateKeyFile: string;
}

/** A key as EC2 and this machine know it. */
interface NamedKey extends LoginKey {
  readonly keyName: pulumi.Output<string>;
}

/** What decides the key of a lab's instances. */
export interface Ec2KeyArgs {
  readonly site: Site;
  /** Default: one of the stack's own is made. */
  readonly existing: ExistingKeyPair | undefined;
  readonly tagging: Tagging;
}

/**
 * The key with which the user logs in to EC2 instances: made here, of which EC2 gets the public half, or one that the account has.
 * Children, if it is made: `<name>-ssh`, `<name>-public`, `<name>-pair`.
 */
export class Ec2Key extends pulumi.ComponentResource implements LoginKey {
  public readonly file: string;
  public readonly privateKey: pulumi.Output<string>;
  /** EC2's name of the key pair. */
  public readonly keyName: pulumi.Output<string>;

  public constructor(name: string, args: Ec2KeyArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:host:Ec2Key", name, {}, options);
    const { keyName, file, privateKey } = args.existing === undefined ? this.make(name, args) : known(args.existing);
    this.keyName = keyName;
    this.file = file;
    this.privateKey = privateKey;
    this.registerOutputs({ keyName: this.keyName });
  }

  private make(name: string, args: Ec2KeyArgs): NamedKey {
    const key = new SshKey(`${name}-ssh`, join(args.site.stateFolder, "id_ed25519"), { parent: this });
    const { keyName } = this.upload(name, key, args);
    return { file: key.file, privateKey: key.privateKey, keyName };
  }

  private upload(name: string, key: SshKey, { site, tagging }: Ec2KeyArgs): aws.ec2.KeyPair {
    const publicHalf = new LocalRunner().step(
      `${name}-public`,
      {
        create: "public-key.sh",
        environment: { KEY_FILE: key.file },
        identity: [key.file],
        output: PUBLIC_KEY,
      },
      { parent: this, dependsOn: [key] },
    );
    const keyName = ownedName(site.stack, "key");
    return new aws.ec2.KeyPair(
      `${name}-pair`,
      { keyName, publicKey: publicHalf.stdout, tags: tagging(`${name}-pair`, keyName) },
      { parent: this, deleteBeforeReplace: true },
    );
  }
}

/** @throws Error if the file cannot be read */
function known({ name, privateKeyFile }: ExistingKeyPair): NamedKey {
  const privateKey = pulumi.secret(readFileSync(privateKeyFile, "utf8"));
  return { file: privateKeyFile, privateKey, keyName: pulumi.output(name) };
}
