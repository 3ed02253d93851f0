import { DEFAULT_LAB, isLab, LABS, type LabName } from "../../registry";
import { defaultSetting } from "./stack-project";
import { UserError } from "../ui/user-error";

/** Options of verbs that speak of a lab and of no stack. */
export interface LabOptions {
  readonly lab?: string;
  readonly versions?: string;
}

/**
 * The lab and the version set that are meant; what is not said is as in the tracked configuration of the default stack.
 * @throws UserError if there is no such lab
 */
export function wantedLab({ lab, versions }: LabOptions): { readonly lab: LabName; readonly versions: string } {
  const named = lab ?? defaultSetting("lab") ?? DEFAULT_LAB;
  if (!isLab(named)) {
    const place = lab === undefined ? "Pulumi.dev.yaml: istio-lab:lab" : "--lab";
    throw new UserError(`${place}: ${JSON.stringify(named)} is unknown; write one of ${LABS.join(", ")}`);
  }
  return { lab: named, versions: versions ?? defaultSetting("versions") ?? "auto" };
}
