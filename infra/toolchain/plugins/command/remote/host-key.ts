/** A server's public key, as it is expected. */
export interface HostKey {
  /** e.g. `ssh-ed25519`. */
  readonly type: string;
  /** The key as it is on the wire. */
  readonly blob: Buffer;
}

const signatureAlgorithms: Readonly<Record<string, readonly string[]>> = {
  // The key says ssh-rsa whatever the signature is; servers since OpenSSH 8.8 sign with SHA-2 only.
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
};

/**
 * Reads a line of authorized_keys or of a `.pub` file: options, type, key, comment.
 * @throws Error where no such key is in it
 */
export function parseHostKey(line: string): HostKey {
  const words = line.trim().split(/\s+/);
  for (const [index, type] of words.entries()) {
    const blob = Buffer.from(words[index + 1] ?? "", "base64");
    if (blob.length > 4 && typeIn(blob) === type) {
      return { type, blob };
    }
  }
  throw new Error(
    "failed to parse host key: ssh: no key found; " +
      "wanted is a public key line such as `ssh-ed25519 AAAAC3Nza… comment`, without a host name in front",
  );
}

/** The algorithms with which a server can prove that it has the key. */
export function hostKeyAlgorithms(key: HostKey): readonly string[] {
  return signatureAlgorithms[key.type] ?? [key.type];
}

/** Whether a server's key is the expected one. */
export function sameHostKey(expected: HostKey, given: Buffer): boolean {
  return expected.blob.equals(given);
}

/** The type that a key on the wire begins with. */
export function typeIn(blob: Buffer): string {
  const length = blob.readUInt32BE(0);
  return blob.subarray(4, 4 + length).toString("latin1");
}
