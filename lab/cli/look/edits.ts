import { describeObject, type ObjectName } from "../../../infra/core/made";
import { shellQuote } from "../../../infra/core/shell";
import type { AccessCluster } from "../../program/outputs";
import { someNames } from "../ui/some-names";
import { pasteable, type Workstation } from "../verify/command-runner";
import type { ExpectedObject } from "./expected";
import type { FoundObject } from "./found-object";
import { keyOf } from "./objects";
import { editorsOf, TOOLS_KINDS } from "./users";

/** An object of the lab that the user has edited. It stays so: it may be a lesson. Pulumi sees of it only changes of what it has set itself. */
export interface Edit {
  /** The resource that makes it. */
  readonly urn: string;
  readonly cluster: AccessCluster;
  readonly object: ObjectName;
  /** The programs by which it was edited, e.g. `kubectl-patch`. */
  readonly editors: readonly string[];
}

/** Labels and annotations of a namespace change nothing in what is in it, unless they are Istio's, which are looked for by themselves. */
const IGNORED: readonly string[] = ["Namespace", "Secret"];

/** How many are named. */
const NAMED = 4;

/**
 * Tells which objects of the lab the user has edited.
 * @param there what is in the cluster, by its keys, with its managed fields
 */
export function editsOf(
  cluster: AccessCluster,
  there: ReadonlyMap<string, FoundObject>,
  made: readonly Pick<ExpectedObject, "urn" | "object" | "isResource">[],
): readonly Edit[] {
  return made
    .filter(({ object: { kind }, isResource }) =>
      isResource === true ? !IGNORED.includes(kind) : TOOLS_KINDS.includes(kind),
    )
    .flatMap(({ urn, object, isResource }) => {
      const found = there.get(keyOf(object));
      const editors = found ? editorsOf(found, isResource === true) : [];
      return editors.length === 0 ? [] : [{ urn, cluster, object, editors }];
    });
}

/** The objects by their names: `VirtualService istioinaction/webapp-virtualservice, Service istioinaction/webapp`. */
export function namesOfEdits(edits: readonly Edit[]): string {
  return someNames(
    edits.map(({ object }) => describeObject(object)),
    NAMED,
  );
}

/** `edited by kubectl-patch: VirtualService istioinaction/webapp-virtualservice` */
export function describeEdits(edits: readonly Edit[]): string {
  const editors = [...new Set(edits.flatMap((one) => one.editors))];
  return `edited by ${editors.join(", ")}: ${namesOfEdits(edits)}`;
}

/**
 * The line that gives an edit up: what is deleted is recreated as the lab has it.
 * @param heal the line that recreates it
 */
export function undoLine(
  { cluster, object }: Pick<Edit, "cluster" | "object">,
  heal: string,
  workstation: Workstation,
): string {
  const { namespace = "default", kind, name } = object;
  const run = `kubectl --namespace ${shellQuote(namespace)} delete ${shellQuote(`${kind}/${name}`)}`;
  return `${pasteable({ on: "cluster", cluster: cluster.name, run }, workstation)} && ${heal}`;
}
