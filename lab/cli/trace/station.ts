/** A machine whose network namespaces can be looked into. */
export interface Machine {
  /** What users call it, e.g. `myk8s` or `forum-vm`. */
  readonly name: string;
  /** Runs a script of bash there as root: the words that go before the script's text, which is the last word. */
  readonly shell: readonly string[];
  /** Over ssh one more shell reads the script. */
  readonly quoted: boolean;
  /** What a person puts in front of a command to run it there. */
  readonly prefix: string;
}

/** A network namespace on the possible way of a request. */
export interface Station {
  /** Unique, without spaces, e.g. `s3`. */
  readonly id: string;
  /** e.g. `pod default/nginx-pod`, `node myk8s`, `testpc`. */
  readonly label: string;
  readonly kind: "pod" | "host" | "node";
  readonly machine: Machine;
  /** A pod's UID, or `-` for the machine's own namespace. */
  readonly key: string;
  /** Folder or file of its logs on the machine, or `-`. */
  readonly logs: string;
  /** IPv4 addresses by which others reach it. */
  readonly addresses: readonly string[];
}
