import { readFileSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { isMap, LineCounter, parseAllDocuments, type Document } from "yaml";
import { formatIssues, type PlacedIssue } from "../core/errors";

/** A Kubernetes object as a manifest has it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string>; labels?: Record<string, string> };
  [field: string]: unknown;
}

/** An object, and where it is: `file:line`. */
export interface PlacedObject {
  readonly object: KubernetesObject;
  readonly place: string;
}

/** What a manifest file holds, and what is wrong with it. */
export interface ManifestContent {
  readonly objects: readonly PlacedObject[];
  readonly issues: readonly PlacedIssue[];
}

/** What files say as `${name}`, by name. */
export type ManifestValues = Readonly<Record<string, string>>;

/** What every object has, and an example. */
const FIELDS = [
  { path: ["apiVersion"], example: "apiVersion: v1" },
  { path: ["kind"], example: "kind: Service" },
  { path: ["metadata", "name"], example: "metadata: {name: webapp}" },
] as const;

/**
 * Reads the objects of one YAML file.
 * @param values what the file says as `${name}`, by name; other names stay as they are
 * @throws pulumi.RunError with every problem of the file, one a line
 */
export function readManifest(file: string, values: ManifestValues = {}): KubernetesObject[] {
  const { objects, issues } = inspectManifest(file, values);
  if (issues.length > 0) {
    throw new pulumi.RunError(formatIssues(issues));
  }
  return objects.map(({ object }) => object);
}

/**
 * Reads one YAML file, and says everything that is wrong with it.
 * @param values as in readManifest
 */
export function inspectManifest(file: string, values: ManifestValues = {}): ManifestContent {
  const name = shortName(file);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    return { objects: [], issues: [{ place: name, problem: readProblem(error as NodeJS.ErrnoException, name) }] };
  }
  const lines = new LineCounter();
  const whole = text.replaceAll(/\$\{(\w+)\}/g, (found, key: string) => values[key] ?? found);
  const documents = parseAllDocuments(whole, { lineCounter: lines, prettyErrors: false });
  const contents = [...documents].map((document) => inspectDocument(document as Document, name, lines));
  return { objects: contents.flatMap(({ objects }) => objects), issues: contents.flatMap(({ issues }) => issues) };
}

/** The file as a user of the checkout names it. */
function shortName(file: string): string {
  const short = relative(process.cwd(), file);
  return short.startsWith("..") ? file : short;
}

function readProblem({ code, message }: NodeJS.ErrnoException, name: string): string {
  // What is not of the checkout is of the toolchain.
  const remedy = isAbsolute(name) ? "run: npm run lab -- setup" : `put it back, e.g. git checkout -- ${name}`;
  return code === "ENOENT" ? `is missing; ${remedy}` : `cannot be read (${code ?? message}); ${remedy}`;
}

function inspectDocument(document: Document, name: string, lines: LineCounter): ManifestContent {
  const placeAt = (offset: number) => `${name}:${lines.linePos(offset).line}`;
  // Of several errors, the others often follow from the first.
  const [error] = document.errors;
  if (error !== undefined) {
    return { objects: [], issues: [{ place: placeAt(error.pos[0]), problem: notYaml(error.message, name) }] };
  }
  const place = placeAt(document.contents?.range?.[0] ?? 0);
  let object: unknown;
  try {
    object = document.toJS();
  } catch (thrown) {
    return { objects: [], issues: [{ place, problem: notYaml((thrown as Error).message, name) }] };
  }
  if (object === null || object === undefined) {
    return { objects: [], issues: [] };
  }
  if (!isMap(document.contents)) {
    const given = Array.isArray(object) ? "a list" : JSON.stringify(object).slice(0, 60);
    const problem = `holds ${given}, and an object of Kubernetes is wanted; start it with apiVersion, kind and metadata`;
    return { objects: [], issues: [{ place, problem }] };
  }
  const issues = FIELDS.flatMap(({ path, example }) => {
    const problem = fieldProblem(document, path, example);
    return problem === undefined ? [] : [{ place, problem }];
  });
  return issues.length > 0
    ? { objects: [], issues }
    : { objects: [{ object: object as KubernetesObject, place }], issues };
}

function notYaml(message: string, name: string): string {
  const [line = ""] = message.split("\n");
  return `not YAML: ${line}; correct it, or see what was changed: git diff ${name}`;
}

function fieldProblem(document: Document, path: readonly string[], example: string): string | undefined {
  const field = path.join(".");
  const holder = document.getIn(path.slice(0, -1), true);
  const value = isMap(holder) ? (holder.toJSON() as Record<string, unknown>)[path.at(-1) ?? ""] : undefined;
  if (value === undefined || value === null || value === "") {
    return `an object without ${field}; write one, e.g. ${example}`;
  }
  return typeof value === "string"
    ? undefined
    : `${field} is ${JSON.stringify(value)}, and text is wanted; e.g. ${example}`;
}
