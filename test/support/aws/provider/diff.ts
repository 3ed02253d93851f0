import { propertiesWithoutSecrets, sameValue } from "../../rpc/property-tree";
import { isPropertyList, isPropertyMap, Unknown, type PropertyMap, type PropertyValue } from "../../rpc/property-value";
import type { DiffRequest, DiffResult, PropertyChange } from "../../rpc/provider";
import { commonFields, defaultsKey } from "./check";
import { isGiven, objectIn, textIn, textsIn } from "./inputs";
import type { Field, Fields, ResourceType } from "./resource-type";

interface Change {
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
  readonly replaces: boolean;
}

/**
 * Compares checked inputs, old with new, as the official provider's schema says: which changes replace, which update in
 * place, which are none. A refresh has brought what changed in AWS into the old inputs.
 */
export function diffResource(resource: ResourceType, request: DiffRequest): DiffResult {
  const fields = { ...resource.fields, ...commonFields };
  const olds = withChosen(propertiesWithoutSecrets(request.oldInputs), propertiesWithoutSecrets(request.state), fields);
  const news = propertiesWithoutSecrets(request.news);
  const changes = Object.entries(fields)
    .filter(([name]) => !request.ignoreChanges.includes(name))
    .flatMap(([name, field]) =>
      fieldChanges(olds[name], news[name], field, name).map((change) => ({
        ...change,
        replaces: change.replaces || (resource.replaces?.(name, olds, news) ?? false),
      })),
    );
  const all = [...changes, ...tagChanges(request, news, resource, changes)];
  return {
    changes: all.length > 0,
    diffs: all.map(({ path }) => path),
    replaces: all.filter(({ replaces }) => replaces).map(({ path }) => path),
    deleteBeforeReplace: all.some(({ replaces }) => replaces) && keepsGivenName(olds, news, fields),
    detailedDiff: Object.fromEntries(all.map((change) => [change.path, detail(change)])),
  };
}

/** Old inputs, and if they say nothing what AWS chose: giving that very value is no change. */
function withChosen(olds: PropertyMap, state: PropertyMap, fields: Fields): PropertyMap {
  const filled = Object.entries(fields).flatMap(([name, field]): [string, PropertyValue][] => {
    const [old, chosen] = [olds[name], state[name]];
    if (field.type === "object" && isPropertyMap(chosen) && (isPropertyMap(old) || field.computed === true)) {
      return [[name, withChosen(isPropertyMap(old) ? old : {}, chosen, allComputed(field.fields ?? {}))]];
    }
    return !isGiven(old) && field.computed === true && isGiven(chosen) ? [[name, chosen]] : [];
  });
  return { ...olds, ...Object.fromEntries(filled) };
}

/** Within an object that AWS fills in, it fills in every part but tags. */
function allComputed(fields: Fields): Fields {
  const filled = Object.entries(fields).filter(([, field]) => field.type !== "tags");
  return Object.fromEntries(filled.map(([name, field]) => [name, { ...field, computed: true }]));
}

function detail({ kind, replaces }: Change): PropertyChange {
  return { kind: replaces ? `${kind}-replace` : kind, inputDiff: false };
}

function fieldChanges(
  old: PropertyValue | undefined,
  now: PropertyValue | undefined,
  field: Field,
  path: string,
): Change[] {
  if (!isGiven(now) && field.computed === true) {
    return [];
  }
  const [before, after] = [isGiven(old) ? old : undefined, isGiven(now) ? now : undefined];
  if (field.type === "object" && isPropertyMap(after) && (before === undefined || isPropertyMap(before))) {
    return nestedChanges(before ?? {}, after, field.fields ?? {}, path);
  }
  if (sameValue(comparable(before, field), comparable(after, field)) || (isEmpty(before) && isEmpty(after))) {
    return [];
  }
  const kind = before === undefined ? "add" : after === undefined ? "delete" : "update";
  return [{ path, kind, replaces: field.replaces === true }];
}

function nestedChanges(before: PropertyMap, after: PropertyMap, fields: Fields, path: string): Change[] {
  return Object.entries(fields).flatMap(([name, field]) =>
    fieldChanges(before[name], after[name], field, `${path}.${name}`),
  );
}

/** The same for lists whose order means nothing: sorted. */
function comparable(value: PropertyValue | undefined, field: Field): PropertyValue | undefined {
  if ((field.type !== "set" && field.type !== "objects") || !isPropertyList(value)) {
    return value;
  }
  const key = (each: PropertyValue): string => (each instanceof Unknown ? "" : JSON.stringify(each));
  return [...value].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Missing and empty mean the same. */
function isEmpty(value: PropertyValue | undefined): boolean {
  return (
    value === undefined ||
    (isPropertyList(value) && value.length === 0) ||
    (isPropertyMap(value) && Object.keys(value).length === 0)
  );
}

/** Tags that were changed in AWS show as a change of all tags. */
function tagChanges(
  request: DiffRequest,
  news: PropertyMap,
  resource: ResourceType,
  changes: readonly Change[],
): Change[] {
  const current = objectIn(request.state, "tagsAll");
  const silent = request.ignoreChanges.some((name) => name === "tags" || name === "tagsAll");
  if (resource.fields["tags"] === undefined || current === undefined || silent) {
    return [];
  }
  const wanted = objectIn(news, "tags") ?? {};
  const known = changes.some(({ path }) => path === "tags");
  return known || sameValue(current, wanted) ? [] : [{ path: "tagsAll", kind: "update", replaces: false }];
}

/** A replacement that keeps the name that the program gives cannot stand beside the old resource. */
function keepsGivenName(olds: PropertyMap, news: PropertyMap, fields: Fields): boolean {
  const named = Object.keys(fields).filter((name) => fields[name]?.autoname === true);
  const made = textsIn(news, defaultsKey) ?? [];
  return named.some((name) => !made.includes(name) && textIn(olds, name) === textIn(news, name));
}
