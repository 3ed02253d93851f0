import type * as pulumi from "@pulumi/pulumi";

/** The private key with which one logs in to the hosts of a lab. */
export interface LoginKey {
  /** Absolute path of it on this machine, mode 0600. */
  readonly file: string;
  /** PEM (OpenSSH's form). Secret. */
  readonly privateKey: pulumi.Output<string>;
}
