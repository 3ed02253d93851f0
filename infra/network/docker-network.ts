import * as pulumi from "@pulumi/pulumi";
import { addressAt, candidateNetworks, engineRange, loadBalancerPool, type AddressRange } from "../core/addresses";
import { LocalRunner } from "../exec/runner";
import { script } from "../core/script";

/** What decides the network of a lab on this machine. */
export interface DockerNetworkArgs {
  /** Docker's name of it, unique on this machine. */
  readonly networkName: string;
  /** The stack that owns it: the value of its label. */
  readonly stack: string;
  /** The CIDR wanted, e.g. `192.168.10.0/24`. */
  readonly cidr: string;
  /** Take the next free network where the wanted one is taken on this host. */
  readonly orNextFree: boolean;
}

/** A Docker network of the stack's own. Child: `<name>-create`. */
export class DockerNetwork extends pulumi.ComponentResource {
  /** Docker's name of it; resolves once it is there. */
  public readonly name: pulumi.Output<string>;
  /** The CIDR that is really there. */
  public readonly cidr: pulumi.Output<string>;
  /** Which CIDR was chosen, and why. */
  public readonly note: pulumi.Output<string>;
  /** MetalLB's share: from the end, where Docker hands out nothing. */
  public readonly loadBalancerPool: pulumi.Output<AddressRange>;
  /** Whatever hangs on the network goes before it. */
  public readonly anchor: pulumi.Resource;

  public constructor(name: string, args: DockerNetworkArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:network:DockerNetwork", name, {}, options);
    const candidates = args.orNextFree ? candidateNetworks(args.cidr) : [args.cidr];
    const create = new LocalRunner().step(
      `${name}-create`,
      {
        create: script("docker-network-ensure.sh"),
        delete: script("docker-network-remove.sh"),
        environment: {
          NETWORK: args.networkName,
          STACK: args.stack,
          CANDIDATES: candidates.map((cidr) => `${cidr} ${engineRange(cidr)} ${addressAt(cidr, 1)}`).join("\n"),
        },
        identity: [args.networkName, candidates],
      },
      { parent: this },
    );
    const found = create.stdout.apply((stdout) => JSON.parse(stdout) as { cidr: string; note: string });

    this.name = create.id.apply(() => args.networkName);
    this.cidr = found.cidr;
    this.note = found.note;
    this.loadBalancerPool = this.cidr.apply(loadBalancerPool);
    this.anchor = create;
    this.registerOutputs({ cidr: this.cidr });
  }

  /** An address of this network by its number, e.g. 200 for 192.168.10.200. */
  public addressAt(number: number): pulumi.Output<string> {
    return this.cidr.apply((cidr) => addressAt(cidr, number));
  }
}
