import { StepProblem } from "../step";

/** What a server's answer means for the user, the first that fits any address. */
const REMEDIES: readonly { readonly pattern: RegExp; readonly remedy: string }[] = [
  {
    pattern: /: HTTP 429\b/,
    remedy: "the server limits downloads: wait some minutes and run it again, finished downloads are kept",
  },
  {
    pattern: /: HTTP 40[137]\b/,
    remedy: "a proxy or mirror wants credentials: put user and password into HTTPS_PROXY or ISTIO_LAB_MIRROR",
  },
  {
    pattern: /: wrong [\w- ]+ digest: |: a SHA-256 is wanted/,
    remedy: "a mirror or proxy changes the file: copy it to the mirror again, or go around the proxy (NO_PROXY)",
  },
];

const UNREACHABLE =
  "behind a proxy set HTTPS_PROXY; with a mirror set ISTIO_LAB_MIRROR (its files lie under <host>/<path>); with package registries only set ISTIO_LAB_SOURCE=registry";

/**
 * Says why a release cannot be downloaded, in at most three lines.
 * @param title what it is, e.g. `kind 0.30.0 for linux-x64`
 * @param answers what each address answered, in the order in which they were asked
 */
export function downloadProblem(title: string, answers: readonly string[]): StepProblem {
  const [first = "it has no address", ...others] = new Set(answers);
  const { remedy } = REMEDIES.find(({ pattern }) => answers.some((answer) => pattern.test(answer))) ?? {
    remedy: UNREACHABLE,
  };
  const problem = `${title} cannot be downloaded: ${first}`;
  return new StepProblem(others.length === 0 ? problem : `${problem}\n${others.join("; ")}`, remedy);
}

/** Says that there is no room for a download. */
export function diskFullProblem(title: string, folder: string): StepProblem {
  return new StepProblem(
    `${title} cannot be downloaded: the disk of ${folder} is full`,
    "make room and run it again (finished downloads are kept), or set ISTIO_LAB_CACHE to a folder on another disk",
  );
}

/** Whether a file could not be written for want of room. */
export function isDiskFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "");
}
