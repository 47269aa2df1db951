/** Many writes in one call: all or none of several models in a transaction, or each by itself in a batch of one model. */
import { PermittedAction } from '../access/index.ts';
import type { ModelView, WriteCondition } from '../access/index.ts';
import { describeValue } from '../lib/describe-value.ts';
import { isServiceError, ServiceError } from '../lib/errors.ts';
import { parseJson } from '../lib/json-text.ts';
import { BATCH_WRITE_MAX_ITEMS, MANY_ITEMS_BODY_MAX_BYTES, TRANSACTION_MAX_ACTIONS } from '../wire/limits.ts';
import type { JsonSchema } from '../wire/route.ts';
import { asObject, at, ID_SCHEMA, keyOfId, readMembers, tooMany } from './body-members.ts';
import { idempotently } from './idempotency.ts';
import { modelRoute, permitItem, viewOf } from './model-route.ts';
import type { ServedModel } from './model-route.ts';
import { readJsonText } from './read-body.ts';
import { json, toPublicError } from './respond.ts';
import { tenantOf } from './route.ts';
import type { RequestContext, Route } from './route.ts';

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
      const list = members.map((member, position) => at('actions', position, () => transactionAction(byPath, member, context)));
      return idempotently(context, text, {
        run: async () => json({ results: await PermittedAction.doAll(list).catch(inActions) }),
        answerFrom: async (rows) => json({ results: await PermittedAction.findWritten(list, tenantOf(context), rows) }),
      });
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
        properties: { put: { type: 'array', items: served.schemas.replace }, delete: { type: 'array', items: ID_SCHEMA } },
      },
      responses: {
        200: { type: 'object', properties: { items: { type: 'array' }, deleted: { type: 'integer' }, errors: { type: 'array' } } },
      },
    },
    handle: (context, view) => writeBatch(served, context, view),
  });
}

async function writeBatch(served: ServedModel, context: RequestContext, view: ModelView): Promise<Response> {
  const body = parseJson(await readJsonText(context.request, MANY_ITEMS_BODY_MAX_BYTES));
  const puts = readMembers(body, 'put', BATCH_WRITE_MAX_ITEMS, ['delete']);
  const deletes = readMembers(body, 'delete', BATCH_WRITE_MAX_ITEMS, ['put']);
  if (puts.length + deletes.length > BATCH_WRITE_MAX_ITEMS)
    throw tooMany('put and delete', BATCH_WRITE_MAX_ITEMS, puts.length + deletes.length);
  const written = await view.writeMany(
    puts.map((item, position) => at('put', position, () => permitItem(served, view, item, 'replace'))),
    deletes.map((id, position) => at('delete', position, () => keyOfId(served, id))),
  );
  return json({
    items: written.puts.filter((outcome) => !(outcome instanceof Error)),
    deleted: written.deletes.filter((outcome) => outcome === null).length,
    errors: [...failures('put', written.puts), ...failures('delete', written.deletes)],
  });
}

function failures(name: string, outcomes: readonly unknown[]): { pointer: string; code: string; detail: string }[] {
  return outcomes.flatMap((outcome, position) => {
    if (!(outcome instanceof Error)) return [];
    const { code, detail } = toPublicError(outcome);
    return [{ pointer: `/${name}/${position}`, code, detail }];
  });
}

function transactionAction(byPath: ReadonlyMap<string, ServedModel>, member: unknown, context: RequestContext): PermittedAction {
  const { action, model, ...rest } = asObject(member);
  const served = typeof model === 'string' ? byPath.get(model) : undefined;
  if (!served)
    throw new ServiceError('invalid_input', `model: expected one of ${[...byPath.keys()].join(', ')}, got ${describeValue(model)}.`);
  refuseOthers(action, rest);
  const view = viewOf(served, context);
  const condition = versionCondition(served, rest['ifMatch']);
  switch (action) {
    case 'create':
    case 'replace':
      return view.actions[action](permitItem(served, view, rest['item'], action), condition);
    case 'update':
      return view.actions.update(keyOfId(served, rest['id']), permitItem(served, view, rest['changes'], 'update'), condition);
    case 'delete':
      return view.actions.delete(keyOfId(served, rest['id']), condition);
    case 'check':
      return view.actions.check(keyOfId(served, rest['id']), condition);
    case 'missing':
      return view.actions.missing(keyOfId(served, rest['id']));
    default:
      throw new ServiceError('invalid_input', `action: expected ${ACTION_NAMES.join(', ')}, got ${describeValue(action)}.`);
  }
}

/** What each action takes besides its model. */
const ACTION_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  create: ['item', 'ifMatch'],
  replace: ['item', 'ifMatch'],
  update: ['id', 'changes', 'ifMatch'],
  delete: ['id', 'ifMatch'],
  check: ['id', 'ifMatch'],
  missing: ['id'],
};
const ACTION_NAMES = Object.keys(ACTION_MEMBERS);

/** A condition under a misspelled name would be none. */
function refuseOthers(action: unknown, members: Readonly<Record<string, unknown>>): void {
  const taken = typeof action === 'string' && Object.hasOwn(ACTION_MEMBERS, action) ? ACTION_MEMBERS[action] : undefined;
  const other = taken && Object.keys(members).find((name) => !taken.includes(name));
  if (taken && other !== undefined)
    throw new ServiceError(
      'invalid_input',
      `${String(action)} takes model, ${taken.join(', ')}, got ${JSON.stringify(other.slice(0, 80))}.`,
    );
}

/** The version that an action demands, as an ETag carries it, with or without its quotes. */
function versionCondition({ description }: ServedModel, ifMatch: unknown): WriteCondition {
  if (ifMatch === undefined) return null;
  if (description.versionField === null)
    throw new ServiceError('invalid_input', `ifMatch: ${description.name} has no Version field to compare.`);
  if (typeof ifMatch !== 'string') throw new ServiceError('invalid_input', `ifMatch: expected an ETag, got ${describeValue(ifMatch)}.`);
  return { [description.versionField]: ifMatch.replace(/^"(.*)"$/, '$1') };
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
    additionalProperties: false,
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
