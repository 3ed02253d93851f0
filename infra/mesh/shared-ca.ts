import * as pulumi from "@pulumi/pulumi";
import { LocalRunner, type Step } from "../exec/runner";
import { CERTIFICATE_AND_KEY } from "../exec/step-output";

/** What istiod signs the certificates of its cluster with. */
export interface CaCertificates {
  /** The intermediate CA's certificate, PEM. */
  readonly caCert: string;
  /** Its key, PEM. */
  readonly caKey: string;
  /** The root's certificate, PEM: the same in every cluster. */
  readonly rootCert: string;
  /** The intermediate's certificate, then the root's, PEM. */
  readonly certChain: string;
}

/** What decides a shared CA. */
export interface SharedCaArgs {
  /** Clusters that get an intermediate CA each, e.g. `west`. */
  readonly clusters: readonly string[];
}

const ROOT = "root.istio.in.action";

/**
 * A CA is made once: with another text of its script, which travels in these inputs, it would be recreated, and workloads that trust the
 * old root would refuse those of the new one. What it is made for is in the step's identity.
 */
const ONCE: pulumi.CustomResourceOptions = { ignoreChanges: ["create", "interpreter", "environment"] };

/**
 * One root of trust and an intermediate CA for each cluster, made once and kept as secrets of the stack.
 * Children: `<name>-root`, `<name>-<cluster>`.
 * @see study notes 12 (generate-certificates.sh): names, RSA, 87600h
 */
export class SharedCa extends pulumi.ComponentResource {
  private readonly certificates: ReadonlyMap<string, pulumi.Output<CaCertificates>>;

  public constructor(name: string, args: SharedCaArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:mesh:SharedCa", name, {}, options);
    const root = new LocalRunner().step(
      `${name}-root`,
      { create: "ca-root-create.sh", environment: { NAME: ROOT }, identity: [], output: CERTIFICATE_AND_KEY },
      { parent: this, ...ONCE },
    );
    const certificates = args.clusters.map((cluster) => {
      const intermediate = this.intermediate(`${name}-${cluster}`, cluster, root);
      const both = pulumi.secret(pulumi.all([root.stdout, intermediate.stdout]));
      return [cluster, both.apply(([rootPem, pem]) => caCertificates(rootPem, pem))] as const;
    });
    this.certificates = new Map(certificates);
    this.registerOutputs({});
  }

  /**
   * What the istiod of a cluster signs with. Secret.
   * @throws Error if the cluster is none of those that the CA was made for
   */
  public certificatesOf(cluster: string): pulumi.Output<CaCertificates> {
    const certificates = this.certificates.get(cluster);
    if (certificates === undefined) {
      throw new Error(
        `there is no CA for cluster "${cluster}"; it was made for ${[...this.certificates.keys()].join(", ")}`,
      );
    }
    return certificates;
  }

  private intermediate(name: string, cluster: string, root: Step): Step {
    return new LocalRunner().step(
      name,
      {
        create: "ca-intermediate-create.sh",
        environment: { NAME: `${cluster}.intermediate.istio.in.action` },
        stdin: pulumi.secret(root.stdout),
        identity: [root.id, cluster],
        output: CERTIFICATE_AND_KEY,
      },
      { parent: this, ...ONCE },
    );
  }
}

/** Takes apart what the scripts print: a certificate, then its key. */
function caCertificates(root: string, intermediate: string): CaCertificates {
  const [rootCert] = split(root);
  const [caCert, caKey] = split(intermediate);
  return { caCert, caKey, rootCert, certChain: caCert + rootCert };
}

function split(pem: string): readonly [certificate: string, key: string] {
  const end = "-----END CERTIFICATE-----\n";
  const length = pem.indexOf(end) + end.length;
  return [pem.slice(0, length), `${pem.slice(length).trimEnd()}\n`];
}
