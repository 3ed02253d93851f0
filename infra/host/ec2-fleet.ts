import type { Site } from "../core/site";
import type { AwsNetwork } from "../network/aws-network";
import type { Tagging } from "../network/aws-tags";
import type { Ec2Key } from "./ec2-key";

/** What all instances of a lab have in common. */
export interface Ec2Fleet {
  readonly site: Site;
  readonly network: AwsNetwork;
  readonly key: Ec2Key;
  readonly tagging: Tagging;
  /** Id of the machine image that a new instance gets; one that exists keeps its own. */
  readonly imageId: string;
  /** GiB of each root volume. */
  readonly volumeSize: number;
  /** What becomes of an instance that powers itself off. */
  readonly atExpiry: "stop" | "terminate";
  /** Whether the instances are to run. */
  readonly power: "on" | "off";
  /** ISO time of the last start, or empty: with another one the instances are waited for again. */
  readonly startedAt: string;
}
