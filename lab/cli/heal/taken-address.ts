import type { EngineThing } from "../leftovers";
import type { HealReport } from "./scene";

/** Docker's words for a fixed address that another container of the network has. */
const TAKEN = /address already in use/i;

/**
 * Adds to a failure for which the address is taken who may have it.
 * @param attached the containers on the stack's network that the stack did not make
 */
export function nameHolders(report: HealReport, attached: readonly EngineThing[]): HealReport {
  const lines = attached.map(
    ({ name, network = "" }) =>
      `on the lab's network, and not the lab's: ${name}; take it off: docker network disconnect --force ${network} ${name}`,
  );
  return {
    ...report,
    failed: report.failed.map((failure) =>
      TAKEN.test(failure.actual ?? "") ? { ...failure, actual: [failure.actual, ...lines].join("\n") } : failure,
    ),
  };
}
