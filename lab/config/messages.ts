import type { z } from "zod";
import type { ConfigIssue } from "../../infra/core/errors";

/** Ends a problem with what would be right. */
export const oneOf = (values: readonly string[]) => `write one of ${values.join(", ")}`;

type SchemaIssue = z.core.$ZodIssue;

/**
 * Puts one of zod's issues into our own words.
 * @param raw the configuration as the user wrote it
 * @param strayProblem what is wrong with a key at a path where it has no meaning
 */
export function describeIssue(
  issue: SchemaIssue,
  raw: unknown,
  strayProblem: (path: string, name: string) => string,
): ConfigIssue[] {
  const key = issue.path.reduce<string>(
    (path, part) =>
      typeof part === "number" ? `${path}[${part}]` : path === "" ? String(part) : `${path}.${String(part)}`,
    "",
  );
  const value = issue.path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key],
    raw,
  );
  const given = value === undefined ? "nothing" : JSON.stringify(value);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((name) => ({
        key: key === "" ? name : `${key}.${name}`,
        problem: strayProblem(key, name),
      }));
    case "invalid_value":
      return [{ key, problem: `${given} is unknown; ${oneOf([...new Set(issue.values.map(String))])}` }];
    case "invalid_union":
      return (issue.errors.at(-1) ?? []).flatMap((inner) =>
        describeIssue({ ...inner, path: issue.path }, raw, strayProblem),
      );
    case "invalid_type":
      return [{ key, problem: `${given} is not of type ${issue.expected}` }];
    case "custom":
      return [{ key, problem: issue.params?.["whole"] === true ? issue.message : `${given} ${issue.message}` }];
    default:
      return [{ key, problem: `${given} ${issue.message}` }];
  }
}
