import type { HourlyCost } from "../../infra/core/aws-prices";
import type { SshLogin } from "../../infra/core/ssh-line";

/** One address of the lab and how to call it. */
export interface AccessUrl {
  /** What answers, e.g. `webapp`. */
  readonly name: string;
  /** URL from the user's machine: loopback and a node port's mapping, or a public address. */
  readonly url: string;
  /** Value of the `Host` header that the gateway routes on, if one is needed. */
  readonly host?: string;
  /** A line to paste. */
  readonly curl: string;
  /** What one sees there. */
  readonly shows: string;
}

/** A machine of the lab that one can log in to. */
export interface AccessHost {
  readonly name: string;
  /** IPv4 address on the lab's network. */
  readonly address: string;
  /** How one logs in. */
  readonly login: SshLogin;
  /** Name of the WorkloadEntry that registered it, `namespace/name`; a host outside the mesh has none. */
  readonly workloadEntry?: string;
}

/** A gateway of a cluster that other machines of the lab's network reach. */
export interface AccessGateway {
  /** The Service's name, e.g. `istio-eastwestgateway`. */
  readonly name: string;
  /** IPv4 address on the lab's network. */
  readonly address: string;
}

/** A cluster of the lab. */
export interface AccessCluster {
  readonly name: string;
  /** Absolute path of its kubeconfig, mode 0600, in the stack's state folder. */
  readonly kubeconfigFile: string;
  readonly context: string;
  /** Docker's name of its node; undefined if the node is a machine of its own, and before the next `up` as above. */
  readonly node?: string;
  /** Gateways with an address of their own. */
  readonly gateways: readonly AccessGateway[];
}

/** Something to try with the command line once the lab is built. The command line composes the line, since it knows which stacks there are. */
export interface NextStep {
  /** A verb of the command line, e.g. `ssh`. */
  readonly verb: string;
  /** What comes behind the verb and the stack, e.g. `["forum-vm"]`. */
  readonly words: readonly string[];
  /** What one sees, or what to do then; empty if the words say it. */
  readonly shows: string;
}

/** What a lab will have, by the names in its outputs: known before it is built. */
export interface OutputNames {
  readonly urls: readonly string[];
  readonly clusters: readonly string[];
  readonly hosts: readonly string[];
}

/** What every lab exports from its stack. */
export interface LabOutputs {
  readonly lab: string;
  readonly platform: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly urls: readonly AccessUrl[];
  readonly clusters: readonly AccessCluster[];
  readonly hosts: readonly AccessHost[];
  /** CIDR of the lab's network, and what was chosen for which reason. */
  readonly network: {
    readonly name: string;
    readonly cidr: string;
    readonly loadBalancerPool: string;
    readonly note: string;
  };
  /** What the lab costs; a lab on this machine costs nothing. */
  readonly cost?: HourlyCost;
  /** When the lab ends by itself; a lab on this machine does not. */
  readonly expiry?: {
    /** ISO 8601 in UTC. */
    readonly at: string;
    readonly action: "stop" | "terminate";
    /** What then becomes of it, in words. */
    readonly note: string;
  };
  /** What the study notes have and this machine's source cannot serve. */
  readonly unavailable: readonly { readonly name: string; readonly reason: string }[];
  readonly nextSteps: readonly NextStep[];
}
