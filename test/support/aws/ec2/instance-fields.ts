import type { Fields } from "../provider/resource-type";

const computedText = { type: "string", computed: true } as const;
const computedNumber = { type: "number", computed: true } as const;
const chosenOnce = { type: "string", computed: true, replaces: true } as const;

/** An instance's inputs that are no objects; which replace is the official provider's schema (ForceNew). */
export const plainFields: Fields = {
  ami: { type: "string", required: true, replaces: true },
  associatePublicIpAddress: { type: "boolean", computed: true, replaces: true },
  availabilityZone: chosenOnce,
  disableApiStop: { type: "boolean", computed: true },
  disableApiTermination: { type: "boolean", computed: true },
  ebsOptimized: { type: "boolean", computed: true, replaces: true },
  forceDestroy: { type: "boolean", default: false },
  getPasswordData: { type: "boolean", default: false },
  instanceInitiatedShutdownBehavior: computedText,
  instanceType: { type: "string", required: true },
  keyName: chosenOnce,
  monitoring: { type: "boolean", computed: true },
  privateIp: chosenOnce,
  sourceDestCheck: { type: "boolean", computed: true },
  subnetId: chosenOnce,
  tenancy: chosenOnce,
  userData: computedText,
  userDataBase64: computedText,
  userDataReplaceOnChange: { type: "boolean", default: false },
  volumeTags: { type: "tags" },
  vpcSecurityGroupIds: { type: "set", computed: true },
};

/** Its inputs that are objects. */
export const nestedFields: Fields = {
  creditSpecification: { type: "object", computed: true, fields: { cpuCredits: computedText } },
  metadataOptions: {
    type: "object",
    computed: true,
    fields: {
      httpEndpoint: computedText,
      httpProtocolIpv6: computedText,
      httpPutResponseHopLimit: computedNumber,
      httpTokens: computedText,
      instanceMetadataTags: computedText,
    },
  },
  primaryNetworkInterface: {
    type: "object",
    computed: true,
    fields: {
      networkInterfaceId: { type: "string", required: true, replaces: true },
      deleteOnTermination: { type: "boolean", computed: true },
    },
  },
  rootBlockDevice: {
    type: "object",
    computed: true,
    fields: {
      deleteOnTermination: { type: "boolean", default: true },
      encrypted: { type: "boolean", computed: true, replaces: true },
      iops: computedNumber,
      kmsKeyId: chosenOnce,
      tags: { type: "tags" },
      throughput: computedNumber,
      volumeSize: computedNumber,
      volumeType: computedText,
    },
  },
};
