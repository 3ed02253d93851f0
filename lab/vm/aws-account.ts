import * as aws from "@pulumi/aws";
import type { Issue } from "../../infra/core/errors";
import { LabConfigError } from "../config/lab-config";
import type { AwsVmLabConfig } from "./config/aws";
import { callerAddress } from "./caller-address";

/** What the lab needs to know of the user's account before it makes anything. */
export interface AwsAccount {
  readonly provider: aws.Provider;
  /** Id of the machine image, e.g. `ami-0123456789abcdef0`. */
  readonly imageId: string;
  /** CIDR of who may reach the machines. */
  readonly ingressCidr: string;
}

/**
 * Asks AWS what the lab needs to know of it; makes nothing there.
 * @throws LabConfigError with every problem at once
 */
export async function openAccount(config: AwsVmLabConfig): Promise<AwsAccount> {
  const provider = new aws.Provider("aws", { region: config.region });
  const [image, caller] = await Promise.allSettled([imageOf(config, provider), ingressOf(config)]);
  if (image.status === "rejected" || caller.status === "rejected") {
    throw new LabConfigError([...issuesOf(image), ...issuesOf(caller)]);
  }
  return { provider, imageId: image.value, ingressCidr: caller.value };
}

async function imageOf({ region, amiParameter }: AwsVmLabConfig, provider: aws.Provider): Promise<string> {
  try {
    // The other field, `value`, counts as a secret, which the id of a public image is not.
    const { insecureValue } = await aws.ssm.getParameter({ name: amiParameter }, { provider });
    return insecureValue;
  } catch (error) {
    const said = (error as Error).message;
    const isMissing = /couldn't find resource|ParameterNotFound/.test(said);
    throw isMissing
      ? issue(
          "amiParameter",
          `${amiParameter} is not in region ${region}; choose a region that has it, or the name of a parameter that is there`,
        )
      : issue(
          "platform",
          `AWS does not tell the image of ${amiParameter}: ${said.replace(/^.*returned an error: /s, "")}`,
        );
  }
}

async function ingressOf({ ingressCidr }: AwsVmLabConfig): Promise<string> {
  if (ingressCidr !== "auto") {
    return ingressCidr;
  }
  try {
    return `${await callerAddress()}/32`;
  } catch (error) {
    throw issue(
      "ingressCidr",
      `auto asks with which address this machine is seen, and ${(error as Error).message}; set it, e.g. 203.0.113.7/32`,
    );
  }
}

function issue(key: string, problem: string): LabConfigError {
  return new LabConfigError([{ key, problem }]);
}

function issuesOf(result: PromiseSettledResult<string>): readonly Issue[] {
  if (result.status === "fulfilled") {
    return [];
  }
  if (result.reason instanceof LabConfigError) {
    return result.reason.issues;
  }
  throw result.reason;
}
