/** Whether a file could not be written for want of room on its disk. */
export function isDiskFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "");
}

/** One problem in what the user configured. */
export interface ConfigIssue {
  /** Path of the value as the user writes it, without the project, e.g. `vms[1].name`. */
  readonly key: string;
  /** What is wrong, what was given, what would be right: lower case, no full stop. */
  readonly problem: string;
}

/** One problem elsewhere than in a setting of the labs, mostly in a file that the user may edit. */
export interface PlacedIssue {
  /** The file, and the line if it is about one, e.g. `lab/shared/manifests/webapp.yaml:3`; or the full key of another program's setting. */
  readonly place: string;
  /** As in ConfigIssue. */
  readonly problem: string;
}

/** Anything that the user can correct. */
export type Issue = ConfigIssue | PlacedIssue;

/**
 * Puts problems into the lines that users see.
 * @returns one line each, `istio-lab:key: problem` or `place: problem`
 */
export function formatIssues(issues: readonly Issue[]): string {
  return issues
    .map((issue) => `${"place" in issue ? issue.place : `istio-lab:${issue.key}`}: ${issue.problem}`)
    .join("\n");
}
