/** One problem in what the user configured. */
export interface ConfigIssue {
  /** Path of the value as the user writes it, without the project, e.g. `vms[1].name`. */
  readonly key: string;
  /** What is wrong, what was given, what would be right: lower case, no full stop. */
  readonly problem: string;
}

/**
 * Puts problems into the lines that users see.
 * @returns one line each, `istio-lab:key: problem`
 */
export function formatIssues(issues: readonly ConfigIssue[]): string {
  return issues.map(({ key, problem }) => `istio-lab:${key}: ${problem}`).join("\n");
}
