import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/cluster";
import { objectOptions } from "../cluster/object-options";
import { base64 } from "../core/base64";
import type { CaCertificates } from "./shared-ca";

/** What decides the CA of a cluster. */
export interface CaSecretArgs {
  readonly cluster: Cluster;
  /** What its istiod is to sign with. Secret. */
  readonly certificates: pulumi.Output<CaCertificates>;
}

/**
 * The Secret `cacerts`, which istiod takes for its CA if it is there before istiod is. Child: `<name>-secret`.
 * @see study notes 12: `kubectl create secret generic cacerts -n istio-system`
 */
export class CaSecret extends pulumi.ComponentResource {
  public constructor(name: string, args: CaSecretArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:mesh:CaSecret", name, {}, options);
    const data = args.certificates.apply(({ caCert, caKey, rootCert, certChain }) => ({
      "ca-cert.pem": base64(caCert),
      "ca-key.pem": base64(caKey),
      "root-cert.pem": base64(rootCert),
      "cert-chain.pem": base64(certChain),
    }));
    const metadata = { name: "cacerts", namespace: "istio-system" };
    const secret = { metadata, data: pulumi.secret(data) };
    new kubernetes.core.v1.Secret(`${name}-secret`, secret, objectOptions(args.cluster, this, options));
    this.registerOutputs({});
  }
}
