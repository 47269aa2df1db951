/** One item of a model: create, read, create or replace, change, delete; conditions on its version travel in the DynamoDB write. */
import type { ModelView, PermittedData, WriteCondition } from '../access/index.ts';
import { isServiceError, ServiceError } from '../lib/errors.ts';
import { parseJson } from '../lib/json-text.ts';
import type { WrittenRow } from '../wire/idempotency.ts';
import type { JsonForm } from '../wire/json-forms.ts';
import { ITEM_BODY_MAX_BYTES } from '../wire/limits.ts';
import { ifMatch, ifNoneMatch } from './conditional.ts';
import { idempotently } from './idempotency.ts';
import type { IdempotentWork } from './idempotency.ts';
import { readShape, SHAPE_PARAMETERS, shapedResponse } from './item-shape.ts';
import { checkAddressable, itemResponse, keyOfPath, modelRoute, noSuchItem, pathOfItem, permitItem } from './model-route.ts';
import type { ServedModel } from './model-route.ts';
import { ParameterReader, TRUE_OR_FALSE } from './parameter-reader.ts';
import { readJsonText } from './read-body.ts';
import { empty } from './respond.ts';
import { tenantOf } from './route.ts';
import type { RequestContext, Route } from './route.ts';

const TEXT = { type: 'string' };
const IDEMPOTENT = { 'Idempotency-Key': TEXT };
const CONDITIONAL = { ...IDEMPOTENT, 'If-Match': TEXT, 'If-None-Match': TEXT };

/** `POST` on the collection, and `GET`, `PUT`, `PATCH`, `DELETE` on an item. */
export function itemRoutes(served: ServedModel): Route[] {
  const { collectionPath, itemPath, schemas, description } = served;
  const { name } = description;
  const body = { bodyLimitBytes: ITEM_BODY_MAX_BYTES };
  return [
    modelRoute(served, {
      method: 'POST',
      path: collectionPath,
      summary: `Creates a ${name}`,
      ...body,
      schemas: { headers: IDEMPOTENT, body: schemas.create, responses: { 201: schemas.read } },
      handle: (context, view) =>
        withBody(context, {
          run: (value) => create(served, context, view, value),
          answerFrom: ([row]) => writtenResponse(served, context, view, row, true),
        }),
    }),
    modelRoute(served, {
      method: 'GET',
      path: itemPath,
      summary: `Reads a ${name}`,
      bodyLimitBytes: 0,
      schemas: { query: SHAPE_PARAMETERS, headers: { 'If-None-Match': TEXT }, responses: { 200: schemas.read, 304: null } },
      handle: (context, view) => read(served, context, view),
    }),
    modelRoute(served, {
      method: 'PUT',
      path: itemPath,
      summary: `Creates or replaces a ${name}`,
      ...body,
      schemas: { headers: CONDITIONAL, body: schemas.replace, responses: { 200: schemas.read, 201: schemas.read } },
      handle: (context, view) =>
        withBody(context, {
          run: (value) => replace(served, context, view, value),
          answerFrom: ([row]) => writtenResponse(served, context, view, row),
        }),
    }),
    modelRoute(served, {
      method: 'PATCH',
      path: itemPath,
      summary: `Replaces fields of a ${name}; null removes one`,
      ...body,
      schemas: {
        query: { upsert: { type: 'boolean', description: 'creates the item where there is none' } },
        headers: CONDITIONAL,
        body: schemas.update,
        responses: { 200: schemas.read, 201: schemas.read },
      },
      handle: (context, view) =>
        withBody(context, {
          run: (value) => update(served, context, view, value),
          answerFrom: ([row]) => writtenResponse(served, context, view, row),
        }),
    }),
    modelRoute(served, {
      method: 'DELETE',
      path: itemPath,
      summary: `Deletes a ${name}`,
      bodyLimitBytes: 0,
      schemas: { headers: CONDITIONAL, responses: { 204: null } },
      handle: (context, view) =>
        idempotently(context, '', { run: () => remove(served, context, view), answerFrom: async () => empty(204) }),
    }),
  ];
}

interface BodyWork extends Omit<IdempotentWork, 'run'> {
  run(body: unknown): Promise<Response>;
}

async function withBody(context: RequestContext, { run, answerFrom }: BodyWork): Promise<Response> {
  const text = await readJsonText(context.request, ITEM_BODY_MAX_BYTES);
  const body = parseJson(text);
  return idempotently(context, text, { run: () => run(body), answerFrom });
}

/** The answer to a write that was done before, with the item as it is now; without a body when it is gone. */
async function writtenResponse(
  served: ServedModel,
  context: RequestContext,
  view: ModelView,
  row: WrittenRow | undefined,
  isCreated = false,
): Promise<Response> {
  const tenant = tenantOf(context);
  const item = row === undefined ? null : await view.findWritten(tenant, row);
  if (item === null) return empty(204);
  return itemResponse(item, isCreated ? 201 : 200, isCreated ? { location: pathOfItem(item, served, tenant) } : {});
}

async function create(served: ServedModel, context: RequestContext, view: ModelView, body: unknown): Promise<Response> {
  const item = await view.create(permitItem(served, view, body, 'create'));
  return itemResponse(item, 201, { location: pathOfItem(item, served, tenantOf(context)) });
}

async function read(served: ServedModel, { request, url, params }: RequestContext, view: ModelView): Promise<Response> {
  const shape = readShape(view.description, url);
  const item = await view.find(keyOfPath(served, params));
  if (!item) throw noSuchItem();
  return shapedResponse(item, shape, request);
}

async function replace(served: ServedModel, context: RequestContext, view: ModelView, body: unknown): Promise<Response> {
  const key = keyOfPath(served, context.params);
  const data = permitItem(served, view, withKey(served, key, body), 'replace');
  const createOnly = ifNoneMatch(context.request);
  if (createOnly && context.request.headers.has('if-match'))
    throw new ServiceError('invalid_input', 'Expected If-Match or If-None-Match, got both.');
  if (createOnly?.kind === 'tags') throw new ServiceError('invalid_input', 'If-None-Match on PUT: expected *, got entity tags.');
  const { item, created } = await conditionally(context, served, async (condition) =>
    createOnly ? { item: await view.create(data), created: true } : view.replace(data, condition),
  );
  return itemResponse(item, created ? 201 : 200, created ? { location: pathOfItem(item, served, tenantOf(context)) } : {});
}

/** The body with the path's key in it; a key that the body also names has to be the same. */
function withKey({ guarded }: ServedModel, key: Record<string, unknown>, body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const merged: Record<string, unknown> = { ...body };
  for (const [field, value] of Object.entries(guarded.keyToJson(key))) {
    merged[field] ??= value;
    if (isSame(guarded.jsonForm(field), merged[field], value)) continue;
    const reason = `expected ${JSON.stringify(value)} as in the path, got ${JSON.stringify(merged[field])?.slice(0, 80)}`;
    throw new ServiceError('invalid_input', `/${field}: ${reason}.`, { issues: [{ path: `/${field}`, reason }] });
  }
  return merged;
}

/** Whether two JSON values are one native value: a date may be written in several ways. */
function isSame(form: JsonForm, given: unknown, canonical: unknown): boolean {
  const parsed = form.fromJson(given);
  return 'value' in parsed && JSON.stringify(form.toJson(parsed.value)) === JSON.stringify(canonical);
}

async function update(served: ServedModel, context: RequestContext, view: ModelView, body: unknown): Promise<Response> {
  const key = keyOfPath(served, context.params);
  const changes = permitItem(served, view, body, 'update');
  if (isUpsert(context.url)) return upsert(served, context, view, key, changes);
  return itemResponse(await conditionally(context, served, (condition) => view.update(key, changes, condition)));
}

function isUpsert(url: URL): boolean {
  const reader = new ParameterReader(url);
  const isAsked = reader.oneOf('upsert', TRUE_OR_FALSE, false);
  reader.finish('upsert');
  return isAsked;
}

/** Changes an item, or creates it of the same body where there is none. */
async function upsert(
  served: ServedModel,
  context: RequestContext,
  view: ModelView,
  key: Record<string, unknown>,
  changes: PermittedData,
): Promise<Response> {
  if (context.request.headers.has('if-match'))
    throw new ServiceError(
      'invalid_input',
      'Expected If-Match or ?upsert=true, got both: an item that has to have a version is not created.',
    );
  checkAddressable(served, { ...key, ...changes.values });
  const part = Object.keys(changes.values).find((name) => !Object.hasOwn(served.description.fields, name));
  if (part !== undefined)
    throw new ServiceError('invalid_input', `/${part}: expected whole fields with ?upsert=true, as the item may have to be created.`);
  const { item, created } = await view.upsert(key, changes);
  return itemResponse(item, created ? 201 : 200, created ? { location: pathOfItem(item, served, tenantOf(context)) } : {});
}

async function remove(served: ServedModel, context: RequestContext, view: ModelView): Promise<Response> {
  const key = keyOfPath(served, context.params);
  await conditionally(context, served, (condition) => view.delete(key, condition));
  return empty(204);
}

/** Runs a write under the request's If-Match; a condition that does not hold is 412, as is a failed create-only PUT. */
async function conditionally<T>(
  { request }: RequestContext,
  { description }: ServedModel,
  write: (condition: WriteCondition) => Promise<T>,
): Promise<T> {
  const match = ifMatch(request);
  const field = description.versionField;
  if (match?.kind === 'tags' && field === null)
    throw new ServiceError('invalid_input', `If-Match: ${description.name} has no Version field to compare.`);
  try {
    if (match === null || field === null) return await write(null);
    return await write({ [field]: match.kind === 'any' ? { $exists: true } : { $in: match.tags } });
  } catch (error) {
    const isConditional = match !== null || request.headers.has('if-none-match');
    if (!isConditional || !isServiceError(error) || !CONDITION_CODES.has(error.code)) throw error;
    throw new ServiceError('precondition_failed', 'The item is not in the state that If-Match or If-None-Match names; read it again.', {
      cause: error,
    });
  }
}

const CONDITION_CODES: ReadonlySet<string> = new Set(['precondition_failed', 'conflict']);
