import * as pulumi from "@pulumi/pulumi";
import { LocalRunner } from "../exec/runner";
import { PRIVATE_KEY } from "../exec/step-output";
import type { LoginKey } from "./login-key";

/** The stack's SSH key pair, ed25519. Child: `<name>-create`. */
export class SshKey extends pulumi.ComponentResource implements LoginKey {
  /** PEM (OpenSSH's form). Secret. */
  public readonly privateKey: pulumi.Output<string>;

  /** @param file absolute path of the private key; its public half lies beside it as `.pub` */
  public constructor(
    name: string,
    public readonly file: string,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("istio-lab:host:SshKey", name, {}, options);
    const create = new LocalRunner().step(
      `${name}-create`,
      {
        create: "ssh-key-ensure.sh",
        delete: "ssh-key-remove.sh",
        environment: { KEY_FILE: file },
        identity: [file],
        output: PRIVATE_KEY,
      },
      { parent: this },
    );
    this.privateKey = pulumi.secret(create.stdout);
    this.registerOutputs({});
  }
}
