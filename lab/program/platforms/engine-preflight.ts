import type { ConfigIssue } from "../../../infra/core/errors";
import type { Owner } from "../../../infra/core/ownership";
import { readOwner } from "../../../infra/core/state-folders";
import type { LabConfig } from "../../config/common";
import { inspectFor, workstationIssues } from "../preflight";
import type { PreflightSituation } from "./platform";

/** What this machine and its Docker engine cannot carry. */
export async function enginePreflight(
  config: LabConfig,
  { requirements, stack, toolchain }: PreflightSituation,
): Promise<readonly ConfigIssue[]> {
  let owner: Owner | undefined;
  try {
    owner = readOwner(stack);
  } catch (error) {
    return [{ key: "lab", problem: (error as Error).message }];
  }
  return workstationIssues(config, requirements, stack, owner, await inspectFor(requirements, owner, toolchain));
}
