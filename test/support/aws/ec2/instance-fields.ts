import type { Fields } from "../provider/resource-type";

const computedText = { type: "string", computed: true } as const;
const computedNumber = { type: "number", computed: true } as const;

/** An instance's inputs that are no objects; which replace is the official provider's schema (ForceNew). */
export const plainFields: Fields = {
  ami: { type: "string", required: true, replaces: true },
  instanceInitiatedShutdownBehavior: computedText,
  instanceType: { type: "string", required: true },
  keyName: { type: "string", computed: true, replaces: true },
  userData: computedText,
  userDataReplaceOnChange: { type: "boolean", default: false },
};

/** Its inputs that are objects. */
export const nestedFields: Fields = {
  metadataOptions: {
    type: "object",
    computed: true,
    fields: {
      httpEndpoint: computedText,
      httpPutResponseHopLimit: computedNumber,
      httpTokens: computedText,
      instanceMetadataTags: computedText,
    },
  },
  primaryNetworkInterface: {
    type: "object",
    required: true,
    fields: { networkInterfaceId: { type: "string", required: true, replaces: true } },
  },
  rootBlockDevice: {
    type: "object",
    computed: true,
    fields: {
      deleteOnTermination: { type: "boolean", default: true },
      encrypted: { type: "boolean", computed: true, replaces: true },
      tags: { type: "tags" },
      volumeSize: computedNumber,
      volumeType: computedText,
    },
  },
};
