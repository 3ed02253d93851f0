import type { LabOutputs } from "../../program/outputs";
import type { LabEntry } from "../../program/lab-entry";
import { labEntry, LABS } from "../../registry";
import { UserError } from "../ui/user-error";

/**
 * The catalogue's entry of a lab that exists, found by name. Loading the labs' code takes a while: call it where it is wanted.
 * @throws UserError with exit code 2 if another checkout built a lab that this one does not know
 */
export async function standingLab({ lab }: Pick<LabOutputs, "lab">): Promise<LabEntry> {
  const entry = await labEntry(lab);
  if (entry === undefined) {
    throw new UserError(`lab "${lab}" is built here; this checkout knows ${LABS.join(", ")}`, 2);
  }
  return entry;
}
