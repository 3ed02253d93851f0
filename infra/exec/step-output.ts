/** What a step prints and others use: checked before it is kept, so that nothing else ever gets into the state. */
export interface StepOutput {
  /** What it is, with its article, e.g. `a kubeconfig`: for the message if the step prints something else. */
  readonly is: string;
  /** POSIX extended regular expression that the whole output matches. A dot matches a line break too. */
  readonly pattern: string;
  /** Kept out of logs and encrypted in the state. */
  readonly isSecret: boolean;
  /** The variable of the script that names the file in which it keeps the same. Default: it keeps none. */
  readonly keptIn?: string;
}

const end = (what: string) => `-----END ${what}-----`;
const begin = (what: string) => `-----BEGIN ${what}-----`;

/** Credentials of a cluster, YAML. */
export const KUBECONFIG: StepOutput = {
  is: "a kubeconfig",
  pattern: "^apiVersion: v1[[:space:]].*clusters:.*users:",
  isSecret: true,
  keptIn: "KUBECONFIG_FILE",
};

/** A private key in OpenSSH's form. */
export const PRIVATE_KEY: StepOutput = {
  is: "a private key",
  pattern: `^${begin("OPENSSH PRIVATE KEY")}[[:space:]][A-Za-z0-9+/=[:space:]]+${end("OPENSSH PRIVATE KEY")}$`,
  isSecret: true,
  keptIn: "KEY_FILE",
};

/** The public half of an ed25519 key, one line, with or without a comment. */
export const PUBLIC_KEY: StepOutput = {
  is: "a public ed25519 key",
  pattern: "^ssh-ed25519 [A-Za-z0-9+/=]+( [[:print:]]*)?$",
  isSecret: false,
};

/** A certificate, then its key, PEM. */
export const CERTIFICATE_AND_KEY: StepOutput = {
  is: "a certificate and its key",
  pattern: `^${begin("CERTIFICATE")}[A-Za-z0-9+/=[:space:]]+${end("CERTIFICATE")}[[:space:]]${begin("(RSA )?PRIVATE KEY")}[A-Za-z0-9+/=[:space:]]+${end("(RSA )?PRIVATE KEY")}$`,
  isSecret: true,
};

/** Files as a tar in base64, one line. */
export const ARCHIVE: StepOutput = {
  is: "an archive in base64",
  // An empty tar has 10240 bytes.
  pattern: "^[A-Za-z0-9+/]{200}[A-Za-z0-9+/]+=*$",
  isSecret: true,
};

/** `{"cidr": …, "note": …}`, JSON on one line. */
export const NETWORK: StepOutput = {
  is: "the network's addresses",
  pattern: '^[{]"cidr":"[0-9.]+/[0-9]+","note":"[^"\\[:cntrl:]]*"[}]$',
  isSecret: false,
};

/** Seconds since 1970. */
export const EPOCH: StepOutput = { is: "a time", pattern: "^[0-9]+$", isSecret: false };
