import { createHash } from "node:crypto";
import type { PropertyMap } from "../../rpc/property-value";
import { arnOf, type AccountData, type KeyPair } from "../account-data";
import { ApiError, notFound } from "../api-error";
import { newId } from "../identifiers";
import { requiredText, tagsIn } from "../provider/inputs";
import { withTags, type Context, type ResourceType } from "../provider/resource-type";
import { all, remove, updateTags } from "./find";

/** An imported public key. Its id in Pulumi is its name. */
export const keyPair: ResourceType = {
  title: "EC2 Key Pair",
  describes: "DescribeKeyPairs",
  fields: withTags({
    keyName: { type: "string", replaces: true, autoname: true },
    publicKey: { type: "string", required: true, replaces: true },
  }),
  outputs: ["arn", "fingerprint", "keyNamePrefix", "keyPairId", "keyType"],
  create: importKeyPair,
  describe(data, name, region) {
    const found = keyPairNamed(data, region, name);
    return (
      found && {
        arn: arnOf(data, "keyPairs", found),
        fingerprint: found.fingerprint,
        keyName: found.keyName,
        keyNamePrefix: "",
        keyPairId: found.id,
        keyType: found.keyType,
        publicKey: found.publicKey,
        tags: found.tags,
      }
    );
  },
  async update(context, name, _olds, news) {
    const found = keyPairNamed(context.store.read(), context.region, name);
    await updateTags(context, "keyPairs", found?.id ?? name, tagsIn(news));
  },
  delete: (context, name) =>
    context.store.call({ operation: "DeleteKeyPair", region: context.region, resource: name }, (data) => {
      // AWS says nothing if there is no such key pair.
      const found = keyPairNamed(data, context.region, name);
      if (found !== undefined) {
        remove(data, "keyPairs", found.id);
      }
    }),
};

/** A region's key pair of a name; undefined if there is none. */
export function keyPairNamed(data: AccountData, region: string, name: string): KeyPair | undefined {
  return all(data, "keyPairs").find((each) => each.region === region && each.keyName === name);
}

/** The same for a call that needs it. */
export function requireKeyPair(data: AccountData, region: string, name: string): KeyPair {
  const found = keyPairNamed(data, region, name);
  if (found === undefined) {
    throw notFound("keyPairs", name);
  }
  return found;
}

function importKeyPair(context: Context, inputs: PropertyMap): Promise<string> {
  const { region } = context;
  const keyName = requiredText(inputs, "keyName");
  return context.store.call({ operation: "ImportKeyPair", region, resource: keyName }, (data) => {
    const publicKey = requiredText(inputs, "publicKey").trim();
    const key = readPublicKey(publicKey);
    if (keyPairNamed(data, region, keyName) !== undefined) {
      throw new ApiError("InvalidKeyPair.Duplicate", `The keypair already exists`);
    }
    const id = newId("key");
    data.keyPairs[id] = { id, region, tags: tagsIn(inputs), keyName, publicKey, ...key };
    return keyName;
  });
}

/** Reads an OpenSSH public key: its type on the line and in the data have to agree. AWS takes these two types. */
function readPublicKey(line: string): Pick<KeyPair, "keyType" | "fingerprint"> {
  const [type = "", encoded = ""] = line.split(/\s+/);
  const body = Buffer.from(encoded, "base64");
  const inner = body.length > 4 ? body.subarray(4, 4 + body.readUInt32BE(0)).toString() : "";
  if (line.includes("\n") || inner !== type || (type !== "ssh-ed25519" && type !== "ssh-rsa")) {
    throw new ApiError("InvalidKey.Format", "Key is not in valid OpenSSH public key format");
  }
  return type === "ssh-rsa"
    ? { keyType: "rsa", fingerprint: colons(createHash("md5").update(body).digest("hex")) }
    : { keyType: "ed25519", fingerprint: createHash("sha256").update(body).digest("base64") };
}

function colons(digits: string): string {
  return (digits.match(/../g) ?? []).join(":");
}
