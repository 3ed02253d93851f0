import { z } from "zod";
import {
  clusterInstanceTypeProblem,
  instanceTypeProblem,
  DEFAULT_REGION,
  regionProblem,
  tagValueProblem,
} from "../../../infra/core/aws-places";
import { cidr, flag, judgedBy, versionSet, wholeNumber } from "../../config/common";
import { address, CLUSTER_NETWORKS, listOf, MESH_MEMBER, NAMED } from "./members";

/** The study notes' image: Ubuntu 22.04, as Canonical publishes it. */
export const DEFAULT_IMAGE = "/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id";

const instanceType = judgedBy(instanceTypeProblem);

/** A VM as the user writes it. */
export const vmSchema = z.strictObject({ ...NAMED, instanceType: instanceType.default("t3.small"), ...MESH_MEMBER });

/** A setting that every lab has and that means nothing on aws. */
const localOnly = (why: string) =>
  z
    .unknown()
    .refine((value) => value === "auto", why)
    .default("auto");

/** Every key but `lab` and `platform`. The defaults are those of the study notes' CloudFormation template, if it has them. */
export const awsVmSchema = z.strictObject({
  versions: versionSet.default("auto"),
  portBase: localOnly(
    "belongs to platform: local; leave it out, since on aws the node ports are those of the instance",
  ),
  networkCidr: localOnly("belongs to platform: local; on aws set vpcCidr and publicSubnet1Cidr"),
  region: judgedBy(regionProblem).default(DEFAULT_REGION),
  availabilityZone1: z.string().optional(),
  availabilityZone2: z.string().optional(),
  vpcCidr: cidr.default("192.168.0.0/16"),
  publicSubnet1Cidr: cidr.default("192.168.10.0/24"),
  publicSubnet2Cidr: cidr.default("192.168.20.0/24"),
  ...CLUSTER_NETWORKS,
  amiParameter: judgedBy(amiParameterProblem).default(DEFAULT_IMAGE),
  clusterInstanceType: judgedBy(clusterInstanceTypeProblem).default("t3.xlarge"),
  clusterAddress: address.optional(),
  volumeSize: wholeNumber(8, 16_384, "GiB").default(30),
  keyName: z
    .string()
    .regex(/^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/, "is not the name of a key pair; write it as EC2 lists it")
    .optional(),
  privateKeyFile: z.string().optional(),
  ingressCidr: z.union([z.literal("auto"), cidr]).default("auto"),
  allowAnyIngress: flag.default(false),
  owner: z.union([z.literal("auto"), judgedBy(tagValueProblem)]).default("auto"),
  ttlHours: wholeNumber(1, 720, "hours").default(8),
  ttlAction: z.enum(["stop", "terminate"]).default("stop"),
  power: z.enum(["on", "off"]).default("on"),
  startedAt: z
    .string()
    .refine(isTimeOrEmpty, "is not a time; leave it to the verb start, which writes it like 2025-11-30T09:00:00Z")
    .default(""),
  vms: listOf(vmSchema).default([{ name: "forum-vm", instanceType: "t3.small" }]),
});

/** What the user wrote, each value by itself read. */
export type AwsVmValues = z.output<typeof awsVmSchema>;

function amiParameterProblem(name: string): string | undefined {
  if (!name.startsWith("/")) {
    return `is not the path of an SSM parameter, which begins with a slash; write it like ${DEFAULT_IMAGE}`;
  }
  return name.includes("/arm64/") ? "is an image for Arm; choose one for amd64, as the instance types are" : undefined;
}

function isTimeOrEmpty(text: string): boolean {
  return (
    text === "" ||
    (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) && !isNaN(Date.parse(text)))
  );
}
