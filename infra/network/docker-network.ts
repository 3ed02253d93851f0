import * as pulumi from "@pulumi/pulumi";
import { addressAt, candidateNetworks, overlaps, parseCidr, type AddressRange } from "../core/addresses";
import { ownedName } from "../core/names";
import { ownerEnvironment } from "../core/ownership";
import type { Site } from "../core/site";
import { LocalRunner } from "../exec/runner";
import { NETWORK } from "../exec/step-output";

/** What decides the network of a lab on this machine. */
export interface DockerNetworkArgs {
  readonly site: Site;
  /** The CIDR wanted, e.g. `192.168.10.0/24`. */
  readonly cidr: string;
  /** Take the next free network if the wanted one is taken on this host. */
  readonly orNextFree: boolean;
  /** CIDRs of the lab's pods and services: no next free network overlaps them. */
  readonly avoid: readonly string[];
  /** What Docker may hand out, by the number of its first address and its prefix length; every other address is the lab's to give. */
  readonly engineRange: { readonly first: number; readonly prefix: number };
}

/** A Docker network of the stack's own. Child: `<name>-create`. */
export class DockerNetwork extends pulumi.ComponentResource {
  /** Docker's name of it; resolves once it is there. */
  public readonly name: pulumi.Output<string>;
  /** The CIDR that is really there. */
  public readonly cidr: pulumi.Output<string>;
  /** Which CIDR was chosen, and why. */
  public readonly note: pulumi.Output<string>;
  /** Whatever hangs on the network goes before it. */
  public readonly anchor: pulumi.Resource;

  public constructor(name: string, args: DockerNetworkArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:network:DockerNetwork", name, {}, options);
    const { stack, owner } = args.site;
    const networkName = ownedName(stack, "network");
    const candidates = args.orNextFree ? freeOf(args.avoid, candidateNetworks(args.cidr)) : [args.cidr];
    const engineRange = (cidr: string) => `${addressAt(cidr, args.engineRange.first)}/${args.engineRange.prefix}`;
    const create = new LocalRunner().step(
      `${name}-create`,
      {
        create: "docker-network-ensure.sh",
        delete: "docker-network-remove.sh",
        environment: {
          NETWORK: networkName,
          ...ownerEnvironment(owner),
          CANDIDATES: candidates.map((cidr) => `${cidr} ${engineRange(cidr)} ${addressAt(cidr, 1)}`).join("\n"),
          WHY_FIRST: args.orNextFree ? "as in the notes" : "as configured",
        },
        makes: { kind: "network", name: networkName },
        identity: [networkName, candidates, args.engineRange],
        output: NETWORK,
      },
      { parent: this },
    );
    const found = create.stdout.apply((stdout) => JSON.parse(stdout) as { cidr: string; note: string });

    this.name = create.id.apply(() => networkName);
    this.cidr = found.cidr;
    this.note = found.note;
    this.anchor = create;
    this.registerOutputs({ cidr: this.cidr });
  }

  /** An address of this network by its number, e.g. 200 for 192.168.10.200. */
  public addressAt(number: number): pulumi.Output<string> {
    return this.cidr.apply((cidr) => addressAt(cidr, number));
  }

  /** A run of addresses by the numbers of its first and last one; negative numbers count from the end. */
  public range(first: number, last: number): pulumi.Output<AddressRange> {
    return this.cidr.apply((cidr) => ({ first: addressAt(cidr, first), last: addressAt(cidr, last) }));
  }
}

function freeOf(avoid: readonly string[], candidates: readonly string[]): string[] {
  const avoided = avoid.map(parseCidr);
  return candidates.filter((cidr) => !avoided.some((one) => overlaps(one, parseCidr(cidr))));
}
