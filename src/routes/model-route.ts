/** What the routes of one model share: its description, its keys in paths, its errors in our codes, its items as responses. */
import type { GuardedModel, ModelView, PermittedData, ShownItem } from '../access/index.ts';
import type { JsonSchemaUse, ModelDescription } from '../bao/index.ts';
import { describeValue } from '../lib/describe-value.ts';
import { ServiceError } from '../lib/errors.ts';
import type { FieldIssue } from '../lib/errors.ts';
import { toText } from '../wire/json-forms.ts';
import type { JsonSchema } from '../wire/route.ts';
import { entityTag } from './conditional.ts';
import { schemaReferences } from './model-definitions.ts';
import { READ_MODE_PARAMETER } from './read-mode.ts';
import { json } from './respond.ts';
import { tenantOf } from './route.ts';
import type { RequestContext, Route } from './route.ts';

/** A model as its routes see it. */
export interface ServedModel {
  /** the way to its items, for a principal */
  guarded: GuardedModel;
  /** with everything, whoever asks; what a principal may use of it is in its view */
  description: ModelDescription;
  /** "/v1/:tenant/systems" */
  collectionPath: string;
  /** "/v1/:tenant/systems/:id" or "/v1/:tenant/results/:partition/:sort" */
  itemPath: string;
  /** the fields that a path's segments name, in their order */
  keyFields: readonly string[];
  /** words that stand where the id of an item would: no path can name an item with such an id */
  takenIds: ReadonlySet<string>;
  /** the JSON Schemas of an item and of the bodies of its writes, by reference */
  schemas: Readonly<Record<JsonSchemaUse, JsonSchema>>;
}

/** Looks at a model once, when the table of routes is made. */
export function serveModel(guarded: GuardedModel): ServedModel {
  const { description } = guarded;
  const { partitionKey, sortKey } = description.primaryKey;
  const keyFields = [partitionKey, sortKey].filter((field): field is string => field !== null && field !== 'modelPrefix');
  const collectionPath = `/v1/:tenant/${description.path}`;
  return {
    guarded,
    description,
    collectionPath,
    itemPath: `${collectionPath}/${keyFields.length > 1 ? ':partition/:sort' : ':id'}`,
    keyFields,
    takenIds: new Set(keyFields.length > 1 ? [] : collectionWords(description)),
    schemas: schemaReferences(description.name),
  };
}

/** The model as the caller of a request sees it. */
export function viewOf({ guarded }: ServedModel, { principal }: RequestContext): ModelView {
  return guarded.as(principal);
}

/** What a GET of the collection may be followed by, besides an id. */
function collectionWords({ search, isIterable }: ModelDescription): string[] {
  return [...(search === null ? [] : ['search']), ...(isIterable ? ['export'] : [])];
}

/** What a route of a model says itself. */
interface OwnParts
  extends Pick<Route, 'method' | 'path' | 'summary' | 'bodyLimitBytes' | 'schemas'>, Partial<Pick<Route, 'mutates' | 'limit'>> {
  /** whether somebody without credentials may call it; default: a read of a model that anybody may read */
  anonymous?: boolean;
  /** `view` is the model as the caller sees it */
  handle(context: RequestContext, view: ModelView): Promise<Response>;
}

/** A route of a model: what it says itself, and what follows from its method and the model's options. */
export function modelRoute(served: ServedModel, own: OwnParts): Route {
  const { handle, schemas, mutates = own.method !== 'GET', anonymous = !mutates && served.guarded.isPublic, ...rest } = own;
  return {
    limit: mutates ? 'write' : 'read',
    ...rest,
    schemas: mutates ? schemas : { ...schemas, query: { ...schemas.query, ...READ_MODE_PARAMETER } },
    access: { scope: mutates ? 'models:write' : 'models:read', anonymous },
    mutates,
    toleratesStaleness: !mutates,
    cacheable: false,
    async handle(context) {
      const answer = async (request: Request) => {
        const url = request === context.request ? context.url : new URL(request.url);
        const response = await handle({ ...context, request, url }, viewOf(served, context));
        if (!mutates) setCaching(response.headers, served.guarded, context);
        if (anonymous) response.headers.set('vary', 'Authorization');
        return response;
      };
      if (mutates || !isShared(served.guarded, context)) return answer(context.request);
      return context.services.sharedAnswers.answer(context.request, tenantOf(context), answer, context.later);
    },
  };
}

/** Whether everybody may get the same answer, of any age that the model allows. */
function isShared({ options: { cacheControl } }: GuardedModel, { principal, readMode, storeVersion }: RequestContext): boolean {
  return principal === null && readMode === 'default' && storeVersion === null && SHARED.test(cacheControl ?? '');
}

/** What the model says of caching, but that an answer to somebody in particular is for no shared cache: others may see less of it. */
function setCaching(headers: Headers, { options: { cacheControl } }: GuardedModel, { principal }: RequestContext): void {
  if (cacheControl === null || (principal !== null && SHARED.test(cacheControl))) return;
  headers.set('cache-control', cacheControl);
}

const SHARED = /\b(?:public|s-maxage)\b/;

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
export function keyOfParts({ guarded }: ServedModel, parts: readonly unknown[]): { key: Record<string, unknown> } | { reason: string } {
  if (parts.every((part) => typeof part === 'string')) return guarded.keyFromSegments(parts);
  return { reason: `expected strings, got ${describeValue(parts.find((part) => typeof part !== 'string'))}` };
}

/** The answer where there is no item, or none that the caller may see. */
export function noSuchItem(): ServiceError {
  return new ServiceError('not_found', 'Item not found');
}

/** The path of an item, for `Location`. */
export function pathOfItem(item: ShownItem, { description }: ServedModel, tenant: string): string {
  return `/v1/${tenant}/${description.path}/${item.keySegments().map(encodeURIComponent).join('/')}`;
}

/** An item with its ETag, where it has a version. */
export function itemResponse(item: ShownItem, status = 200, headers: Record<string, string> = {}): Response {
  return json(item, status, item.version === null ? headers : { etag: entityTag(item.version), ...headers });
}

/**
 * What of a body the caller may write.
 *
 * @throws ServiceError `invalid_input` (or `unknown_field` when that is all that is wrong) and `forbidden`, with one issue per field
 */
export function permitItem(served: ServedModel, view: ModelView, body: unknown, mode: 'create' | 'replace' | 'update'): PermittedData {
  const permitted = view.permit(body, mode);
  checkAddressable(served, permitted.values);
  return permitted;
}

/** Refuses data of an item that no path could read. @throws ServiceError `invalid_input` */
export function checkAddressable(served: ServedModel, data: Readonly<Record<string, unknown>>): void {
  const issues = unaddressable(served, data);
  const [first] = issues;
  if (first) throw new ServiceError('invalid_input', `${served.description.name}${first.path}: ${first.reason}.`, { issues });
}

/** An item with such a key could be made, and never be read by its path. */
function unaddressable({ guarded, keyFields, takenIds }: ServedModel, data: Readonly<Record<string, unknown>>): FieldIssue[] {
  return keyFields.flatMap((field) => {
    const text = data[field] === undefined ? '' : toText(guarded.jsonForm(field), data[field]);
    if (!DOT_SEGMENT.test(text) && !takenIds.has(text)) return [];
    return { path: `/${field}`, reason: `expected a key that a path can name, got ${JSON.stringify(text)}` };
  });
}

/** URLs cannot name a segment of one or two dots. */
const DOT_SEGMENT = /^\.{1,2}$/;
