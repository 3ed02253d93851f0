import { describeObject } from "../../../infra/core/made";
import { shellQuote } from "../../../infra/core/shell";
import type { Trouble } from "./ready";
import { INJECTION, REVISION } from "./sidecars";

/**
 * Tells which labels a namespace has lost: e.g. without `istio-injection=enabled` no new pod of it gets a sidecar. One with a label `istio.io/rev` has
 * chosen which istiod injects, and `istio-injection` would overrule that.
 * @param made the labels that the lab has given it
 */
export function labelTrouble(
  about: Pick<Trouble, "cluster" | "object" | "urn">,
  made: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>>,
): Trouble | undefined {
  const isChosen = (key: string) => key === INJECTION && found[REVISION] !== undefined;
  const lost = Object.entries(made).filter(([key, value]) => found[key] !== value && !isChosen(key));
  const labels = lost.map(([key, value]) => `${key}=${value}`);
  const { name } = about.object;
  const what = `label${labels.length === 1 ? "" : "s"} ${labels.join(", ")}`;
  const run = `kubectl label --overwrite namespace ${[name, ...labels].map(shellQuote).join(" ")}`;
  return labels.length === 0
    ? undefined
    : {
        ...about,
        what: `${describeObject(about.object)} has lost the ${what}`,
        wanted: `a namespace with the ${what}`,
        remedy: { run, done: `${describeObject(about.object)} was given the ${what} again` },
      };
}
