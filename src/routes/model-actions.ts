/** Many writes in one call: all or none of several models in a transaction, or each by itself in a batch of one model. */
import { actions, batchWrite, transactWrite } from '../bao/index.ts';
import type { BatchAction, TransactionAction } from '../bao/index.ts';
import { describeValue } from '../lib/describe-value.ts';
import { isServiceError, ServiceError } from '../lib/errors.ts';
import { BATCH_WRITE_MAX_ITEMS, MANY_ITEMS_BODY_MAX_BYTES, TRANSACTION_MAX_ACTIONS } from '../wire/limits.ts';
import type { JsonSchema } from '../wire/route.ts';
import { idempotently } from './idempotency.ts';
import { keyOfParts, modelRoute, parseItem } from './model-route.ts';
import type { ServedModel } from './model-route.ts';
import { parseJson, readJsonText } from './read-body.ts';
import { json, toPublicError } from './respond.ts';
import type { RequestContext, Route } from './route.ts';

type Member = Record<string, unknown>;

const ID_SCHEMA: JsonSchema = { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 2 }] };

/** `POST /v1/{tenant}/transact`: actions on items of any served models, written all together or not at all. */
export function transactionRoute(servedModels: readonly ServedModel[]): Route {
  const byPath = new Map(servedModels.map((served) => [served.description.path, served]));
  return {
    method: 'POST',
    path: '/v1/:tenant/transact',
    summary: 'Writes items of several models in one transaction: all or none',
    access: { scope: 'models:write' },
    limit: 'batch',
    mutates: true,
    cacheable: false,
    bodyLimitBytes: MANY_ITEMS_BODY_MAX_BYTES,
    schemas: {
      body: transactionSchema([...byPath.keys()]),
      responses: { 200: { type: 'object', properties: { results: { type: 'array' } } } },
    },
    async handle(context) {
      const text = await readJsonText(context.request, MANY_ITEMS_BODY_MAX_BYTES);
      const members = readMembers(parseJson(text), 'actions', TRANSACTION_MAX_ACTIONS);
      const list = members.map((member, position) => at('actions', position, () => transactionAction(byPath, member)));
      return idempotently(context, text, async () => json({ results: await transactWrite(list).catch(inActions) }));
    },
  };
}

/** `POST …/batch-write`: puts and deletes of one model, each by itself. */
export function batchWriteRoute(served: ServedModel): Route {
  const { path } = served.description;
  return modelRoute(served, {
    method: 'POST',
    path: `${served.collectionPath}/batch-write`,
    summary: `Puts and deletes many ${path}, each by itself and without conditions`,
    bodyLimitBytes: MANY_ITEMS_BODY_MAX_BYTES,
    schemas: {
      body: {
        type: 'object',
        properties: { put: { type: 'array', items: served.itemSchema }, delete: { type: 'array', items: ID_SCHEMA } },
      },
      responses: {
        200: { type: 'object', properties: { items: { type: 'array' }, deleted: { type: 'integer' }, errors: { type: 'array' } } },
      },
    },
    handle: (context) => writeBatch(served, context),
  });
}

async function writeBatch(served: ServedModel, context: RequestContext): Promise<Response> {
  const body = parseJson(await readJsonText(context.request, MANY_ITEMS_BODY_MAX_BYTES));
  const puts = readMembers(body, 'put', BATCH_WRITE_MAX_ITEMS, ['delete']);
  const deletes = readMembers(body, 'delete', BATCH_WRITE_MAX_ITEMS, ['put']);
  if (puts.length + deletes.length > BATCH_WRITE_MAX_ITEMS)
    throw tooMany('put and delete', BATCH_WRITE_MAX_ITEMS, puts.length + deletes.length);
  const list: BatchAction[] = [
    ...puts.map((item, position) => at('put', position, () => actions.put(served.model, parseItem(served, item, 'replace')))),
    ...deletes.map((id, position) => at('delete', position, () => actions.delete(served.model, keyOf(served, id)))),
  ];
  const { items, errors } = await batchWrite(list, { partial: true });
  const failures = errors.flatMap((error, position) => (error === null ? [] : [failureAt(error, position, puts.length)]));
  const failed = new Set(failures.map(({ pointer }) => pointer));
  return json({
    items: items.slice(0, puts.length).filter((item) => item !== null),
    deleted: deletes.filter((_, position) => !failed.has(`/delete/${position}`)).length,
    errors: failures,
  });
}

function failureAt(error: Error, position: number, puts: number): { pointer: string; code: string; detail: string } {
  const { code, detail } = toPublicError(error);
  return { pointer: position < puts ? `/put/${position}` : `/delete/${position - puts}`, code, detail };
}

function transactionAction(byPath: ReadonlyMap<string, ServedModel>, member: unknown): TransactionAction {
  const { action, model, ...rest } = asObject(member);
  const served = typeof model === 'string' ? byPath.get(model) : undefined;
  if (!served)
    throw new ServiceError('invalid_input', `model: expected one of ${[...byPath.keys()].join(', ')}, got ${describeValue(model)}.`);
  const condition = versionCondition(served, rest['ifMatch']);
  switch (action) {
    case 'create':
    case 'replace':
      return actions[action](served.model, parseItem(served, rest['item'], action), { condition });
    case 'update':
      return actions.update(served.model, keyOf(served, rest['id']), parseItem(served, rest['changes'], 'update'), { condition });
    case 'delete':
      return actions.delete(served.model, keyOf(served, rest['id']), { condition });
    case 'check':
      return actions.check(served.model, keyOf(served, rest['id']), condition);
    case 'missing':
      return actions.missing(served.model, keyOf(served, rest['id']));
    default:
      throw new ServiceError('invalid_input', `action: expected ${ACTION_NAMES.join(', ')}, got ${describeValue(action)}.`);
  }
}

const ACTION_NAMES = ['create', 'replace', 'update', 'delete', 'check', 'missing'] as const;

/** The version that an action demands, as an ETag carries it, with or without its quotes. */
function versionCondition({ description }: ServedModel, ifMatch: unknown): Record<string, unknown> | null {
  if (ifMatch === undefined) return null;
  if (description.versionField === null)
    throw new ServiceError('invalid_input', `ifMatch: ${description.name} has no Version field to compare.`);
  if (typeof ifMatch !== 'string') throw new ServiceError('invalid_input', `ifMatch: expected an ETag, got ${describeValue(ifMatch)}.`);
  return { [description.versionField]: ifMatch.replace(/^"(.*)"$/, '$1') };
}

function keyOf(served: ServedModel, id: unknown): Record<string, unknown> {
  const parsed = keyOfParts(served, Array.isArray(id) ? id : [id]);
  if ('reason' in parsed) throw new ServiceError('invalid_input', `id: ${parsed.reason}.`);
  return parsed.key;
}

/** The list of a body under a name; the names besides it that may stand there are `others`. */
function readMembers(body: unknown, name: string, max: number, others: readonly string[] = []): unknown[] {
  const object = asObject(body);
  const unknown = Object.keys(object).find((key) => key !== name && !others.includes(key));
  if (unknown !== undefined)
    throw new ServiceError('invalid_input', `Expected {"${name}": […]}, got also ${JSON.stringify(unknown.slice(0, 80))}.`);
  const members = object[name] ?? (others.length > 0 ? [] : undefined);
  if (!Array.isArray(members)) throw new ServiceError('invalid_input', `/${name}: expected an array, got ${describeValue(members)}.`);
  if (members.length > max) throw tooMany(name, max, members.length);
  return members;
}

function tooMany(what: string, max: number, got: number): ServiceError {
  return new ServiceError('invalid_input', `${what}: expected at most ${max}, got ${got}.`);
}

function asObject(value: unknown): Member {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new ServiceError('invalid_input', `Expected an object, got ${describeValue(value)}.`);
}

/** Reads one member of a list; what is wrong with it is said with its place. */
function at<Result>(name: string, position: number, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!isServiceError(error)) throw error;
    const place = `/${name}/${position}`;
    const issues = error.issues.map((issue) => ({ ...issue, path: `${place}${issue.path}` }));
    throw new ServiceError(error.code, `${place}: ${error.message}`, { cause: error, issues });
  }
}

/** The errors of a transaction, with their places in the body. */
function inActions(error: unknown): never {
  if (!isServiceError(error) || error.issues.length === 0) throw error;
  const issues = error.issues.map((issue) => ({ ...issue, path: `/actions${issue.path}` }));
  throw new ServiceError(error.code, error.message, { cause: error, issues });
}

function transactionSchema(models: readonly string[]): JsonSchema {
  const action = {
    type: 'object',
    required: ['action', 'model'],
    properties: {
      action: { type: 'string', enum: [...ACTION_NAMES] },
      model: { type: 'string', enum: models },
      id: ID_SCHEMA,
      item: { type: 'object' },
      changes: { type: 'object' },
      ifMatch: { type: 'string' },
    },
  };
  return {
    type: 'object',
    required: ['actions'],
    properties: { actions: { type: 'array', maxItems: TRANSACTION_MAX_ACTIONS, items: action } },
  };
}
