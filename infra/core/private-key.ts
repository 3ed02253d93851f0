/** What begins an OpenSSH key: a mark, then the length of the cipher's name and that name. */
const OPENSSH_MARK = "openssh-key-v1\0";

/**
 * What keeps a file from being a private key that a program can use unattended: a problem that follows the file's name.
 * @param text the whole file
 */
export function privateKeyProblem(text: string): string | undefined {
  const body = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----([\s\S]*?)-----END /.exec(text);
  if (body === null) {
    const isPublic = /^(ssh-|ecdsa-|sk-)|-----BEGIN [A-Z ]*PUBLIC KEY-----/m.test(text);
    return isPublic ? "is a public key" : "is not a private key as EC2 and ssh-keygen write it";
  }
  const [, kind = "", content = ""] = body;
  const isEncrypted =
    kind.startsWith("ENCRYPTED") || /^Proc-Type: .*ENCRYPTED/m.test(content) || cipherOf(content) !== "none";
  return isEncrypted ? "has a passphrase, and istio-lab does not ask for one" : undefined;
}

/** Name of the cipher of an OpenSSH key; `none` for any other key, which says so elsewhere. */
function cipherOf(content: string): string {
  const bytes = Buffer.from(content, "base64");
  if (!bytes.subarray(0, OPENSSH_MARK.length).equals(Buffer.from(OPENSSH_MARK))) {
    return "none";
  }
  const start = OPENSSH_MARK.length + 4;
  return bytes.subarray(start, start + bytes.readUInt32BE(OPENSSH_MARK.length)).toString();
}
