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
 * Says in two lines why a release cannot be downloaded: what each address answered, and what to do.
 * @param title what it is, e.g. `kind 0.30.0 for linux-x64`
 * @param answers in the order in which the addresses were asked
 */
export function downloadProblem(title: string, answers: readonly string[]): StepProblem {
  const known = REMEDIES.find(({ pattern }) => answers.some((answer) => pattern.test(answer)));
  const said = [...new Set(answers)].join("; ");
  return new StepProblem(`${title} cannot be downloaded: ${said}`, known?.remedy ?? UNREACHABLE);
}
