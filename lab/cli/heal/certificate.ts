import { X509Certificate } from "node:crypto";

/**
 * Whether two certificates are the same, however their PEM is written.
 * @returns false if one of them cannot be read
 */
export function isSameCertificate(one: string, other: string): boolean {
  const [first, second] = [fingerprint(one), fingerprint(other)];
  return first !== undefined && first === second;
}

/** Tells a certificate from all others. Undefined if the PEM cannot be read. */
export function fingerprint(pem: string): string | undefined {
  try {
    return new X509Certificate(pem).fingerprint256;
  } catch {
    return undefined;
  }
}
