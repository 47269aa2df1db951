/** What the routes of one model share: its description, its keys in paths, its errors in our codes, its items as responses. */
import type { BaoModel, ModelClass, ModelDescription } from '../bao/index.ts';
import { describeValue } from '../lib/describe-value.ts';
import { ServiceError } from '../lib/errors.ts';
import type { FieldIssue } from '../lib/errors.ts';
import { jsonFormOf, toText } from '../wire/json-forms.ts';
import type { JsonForm } from '../wire/json-forms.ts';
import type { ModelOptions } from '../wire/model-options.ts';
import type { JsonSchema } from '../wire/route.ts';
import { entityTag } from './conditional.ts';
import { READ_MODE_PARAMETER } from './read-mode.ts';
import { json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';

/** A model as its routes see it. */
export interface ServedModel {
  model: ModelClass;
  description: ModelDescription;
  /** "/v1/:tenant/systems" */
  collectionPath: string;
  /** "/v1/:tenant/systems/:id" or "/v1/:tenant/results/:partition/:sort" */
  itemPath: string;
  /** the fields that a path's segments name, in their order */
  keyFields: readonly string[];
  /** words that stand where the id of an item would: no path can name an item with such an id */
  takenIds: ReadonlySet<string>;
  /** the JSON Schema of an item */
  itemSchema: JsonSchema;
  options: ModelOptions;
}

const DEFAULT_OPTIONS: ModelOptions = { access: 'read-write', cacheControl: null };

/** Looks at a model once, when the table of routes is made. */
export function serveModel(model: ModelClass, description: ModelDescription, options = DEFAULT_OPTIONS): ServedModel {
  const { partitionKey, sortKey } = description.primaryKey;
  const keyFields = [partitionKey, sortKey].filter((field): field is string => field !== null && field !== 'modelPrefix');
  const collectionPath = `/v1/:tenant/${description.path}`;
  return {
    model,
    description,
    collectionPath,
    itemPath: `${collectionPath}/${keyFields.length > 1 ? ':partition/:sort' : ':id'}`,
    keyFields,
    takenIds: new Set(keyFields.length > 1 ? [] : collectionWords(description)),
    itemSchema: itemSchema(description),
    options,
  };
}

/** What a GET of the collection may be followed by, besides an id. */
function collectionWords({ search, isIterable }: ModelDescription): string[] {
  return [...(search === null ? [] : ['search']), ...(isIterable ? ['export'] : [])];
}

type OwnParts = 'method' | 'path' | 'summary' | 'bodyLimitBytes' | 'schemas' | 'handle';

/** A route of a model: what it says itself, and what follows from its method and the model's options. */
export function modelRoute({ options }: ServedModel, own: Pick<Route, OwnParts> & Partial<Pick<Route, 'mutates' | 'limit'>>): Route {
  const { mutates = own.method !== 'GET', limit = mutates ? 'write' : 'read' } = own;
  return {
    ...own,
    schemas: mutates ? own.schemas : { ...own.schemas, query: { ...own.schemas.query, ...READ_MODE_PARAMETER } },
    access: { scope: mutates ? 'models:write' : 'models:read' },
    limit,
    mutates,
    cacheable: false,
    async handle(context) {
      const response = await own.handle(context);
      if (!mutates && options.cacheControl !== null) response.headers.set('cache-control', options.cacheControl);
      return response;
    },
  };
}

/**
 * The key that a path names, as native values by field.
 *
 * @throws ServiceError `invalid_input` when a segment is not of its field's kind
 */
export function keyOfPath(served: ServedModel, params: RequestContext['params']): Record<string, unknown> {
  const parsed = keyOfParts(served, params['id'] === undefined ? [params['partition'], params['sort']] : [params['id']]);
  if ('reason' in parsed) throw new ServiceError('invalid_input', `The id in the path: ${parsed.reason}.`);
  return parsed.key;
}

/** The key that parts name, as texts in the order of the key's fields, or what was expected and what came. */
export function keyOfParts({ model }: ServedModel, parts: readonly unknown[]): { key: Record<string, unknown> } | { reason: string } {
  if (parts.every((part) => typeof part === 'string')) return model.keyFromSegments(parts);
  return { reason: `expected strings, got ${describeValue(parts.find((part) => typeof part !== 'string'))}` };
}

/** The path of an item, for `Location`. */
export function pathOfItem(item: BaoModel, { description }: ServedModel, tenant: string): string {
  return `/v1/${tenant}/${description.path}/${item.keySegments().map(encodeURIComponent).join('/')}`;
}

/** The JSON form of one of the model's fields. */
export function formOf({ name, fields }: ModelDescription, field: string): JsonForm {
  const kind = fields[field]?.kind;
  if (kind === undefined) throw new TypeError(`${name} has no field ${field}`);
  return jsonFormOf(kind);
}

/** An item with its ETag, where the model has a Version field. */
export function itemResponse(item: BaoModel, served: ServedModel, status = 200, headers: Record<string, string> = {}): Response {
  const version = versionOf(item, served.description);
  return json(item, status, version === null ? headers : { etag: entityTag(version), ...headers });
}

/** The item's version, or null where the model has no Version field or the row none. */
export function versionOf(item: BaoModel, description: ModelDescription): string | null {
  if (description.versionField === null) return null;
  const version = item.get(description.versionField);
  return typeof version === 'string' ? version : null;
}

/**
 * The data of a body, checked against the model.
 *
 * @throws ServiceError `invalid_input` (or `unknown_field` when that is all that is wrong) with one issue per field
 */
export function parseItem(served: ServedModel, body: unknown, mode: 'create' | 'replace' | 'update'): Record<string, unknown> {
  const parsed = served.model.parseJson(body, mode);
  const issues = 'data' in parsed ? unaddressable(served, parsed.data) : parsed.issues;
  if ('data' in parsed && issues.length === 0) return parsed.data;
  throw refusal(served.description.name, issues);
}

/** Refuses data of an item that no path could read. @throws ServiceError `invalid_input` */
export function checkAddressable(served: ServedModel, data: Record<string, unknown>): void {
  const issues = unaddressable(served, data);
  if (issues.length > 0) throw refusal(served.description.name, issues);
}

/** An item with such a key could be made, and never be read by its path. */
function unaddressable({ description, keyFields, takenIds }: ServedModel, data: Record<string, unknown>): FieldIssue[] {
  return keyFields.flatMap((field) => {
    const text = data[field] === undefined ? '' : toText(formOf(description, field), data[field]);
    if (!DOT_SEGMENT.test(text) && !takenIds.has(text)) return [];
    return { path: `/${field}`, reason: `expected a key that a path can name, got ${JSON.stringify(text)}` };
  });
}

/** URLs cannot name a segment of one or two dots. */
const DOT_SEGMENT = /^\.{1,2}$/;

function refusal(name: string, issues: readonly FieldIssue[]): ServiceError {
  const [first] = issues;
  const code = issues.every(({ kind }) => kind === 'unknown_field') ? 'unknown_field' : 'invalid_input';
  return new ServiceError(code, `${name}${first?.path ?? ''}: ${first?.reason ?? 'is not valid'}.`, { issues });
}

function itemSchema({ fields }: ModelDescription): JsonSchema {
  const required = Object.entries(fields).filter(([, field]) => field.required);
  const properties = Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, { ...field.schema, ...(field.readOnly ? { readOnly: true } : {}) }]),
  );
  return { type: 'object', required: required.map(([name]) => name), properties };
}
