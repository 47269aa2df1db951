/** What an operator may do to a tenant's store: forget what is cached, make the tenant read-only, and divide its keys among objects. */
import type { GuardedModel } from '../access/index.ts';
import { requireTenant } from '../accounts/index.ts';
import { describeValue } from '../lib/describe-value.ts';
import { ServiceError } from '../lib/errors.ts';
import { parseJson } from '../lib/json-text.ts';
import type { FlushScope } from '../objects/index.ts';
import { keyOfParts, serveModel } from './model-route.ts';
import type { ServedModel } from './model-route.ts';
import { readJsonText } from './read-body.ts';
import { note } from './audit-trail.ts';
import { json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';

const BODY_MAX_BYTES = 16 * 1024;
const PATH = '/v1/operator/tenants/:tenant/store';
const SHARED = { access: 'operator', limit: 'operator', mutates: true, cacheable: false, bodyLimitBytes: BODY_MAX_BYTES } as const;

/** The routes of operators on stores; `models` are those whose items can be named. */
export function operatorStoreRoutes(models: ReadonlyMap<string, GuardedModel>): Route[] {
  const byPath = new Map(Array.from(models.values(), (model) => [model.description.path, serveModel(model)]));
  return [
    {
      ...SHARED,
      method: 'POST',
      path: `${PATH}/flush`,
      summary: 'Forgets what is cached of a tenant, a model or an item',
      schemas: {
        body: {
          type: 'object',
          additionalProperties: false,
          properties: {
            model: { type: 'string', enum: [...byPath.keys()] },
            id: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
          },
        },
        responses: { 200: { type: 'object', properties: { dropped: { type: 'integer', minimum: 0 } } } },
      },
      handle: (context) => flush(byPath, context),
    },
    {
      ...SHARED,
      method: 'PUT',
      path: `${PATH}/mode`,
      summary: 'Makes a tenant read-only, or takes its writes again',
      schemas: {
        body: { type: 'object', required: ['readOnly'], additionalProperties: false, properties: { readOnly: { type: 'boolean' } } },
        responses: {
          200: { type: 'object', properties: { readOnly: { type: 'boolean' }, writesUnderWay: { type: 'integer', minimum: 0 } } },
        },
      },
      handle: setMode,
    },
    {
      ...SHARED,
      method: 'PUT',
      path: `${PATH}/shards`,
      summary: "Divides a tenant's keys among several objects",
      schemas: {
        body: {
          type: 'object',
          required: ['shards'],
          additionalProperties: false,
          properties: { shards: { type: 'integer', minimum: 1, maximum: 32 } },
        },
        responses: { 200: { type: 'object', properties: { shards: { type: 'integer' }, epoch: { type: 'integer' } } } },
      },
      handle: divide,
    },
  ];
}

async function flush(byPath: ReadonlyMap<string, ServedModel>, context: RequestContext): Promise<Response> {
  const { request, services } = context;
  const body = membersOf(
    parseJson(await readJsonText(request, BODY_MAX_BYTES)),
    ['model', 'id'],
    'Expected {}, {"model"} or {"model", "id"}',
  );
  const tenant = await namedTenant(context);
  const scope = scopeOf(byPath, body, tenant, services.environment.table.name);
  const dropped = await services.storeOperator.flush(tenant, scope);
  await note(context, 'store.flushed', { tenant, detail: { scope: scope.kind, dropped } });
  return json({ dropped });
}

async function setMode(context: RequestContext): Promise<Response> {
  const { request, services } = context;
  const expected = 'Expected {"readOnly": true} or {"readOnly": false}';
  const { readOnly } = membersOf(parseJson(await readJsonText(request, BODY_MAX_BYTES)), ['readOnly'], expected);
  if (typeof readOnly !== 'boolean') throw new ServiceError('invalid_input', `${expected}, got ${describeValue(readOnly)}.`);
  const tenant = await namedTenant(context);
  const { isReadOnly, writesUnderWay } = await services.storeOperator.setReadOnly(tenant, readOnly);
  await note(context, 'store.mode-changed', { tenant, detail: { readOnly: isReadOnly } });
  return json({ readOnly: isReadOnly, writesUnderWay });
}

async function divide(context: RequestContext): Promise<Response> {
  const { request, services } = context;
  const expected = 'Expected {"shards": 4}';
  const { shards } = membersOf(parseJson(await readJsonText(request, BODY_MAX_BYTES)), ['shards'], expected);
  if (typeof shards !== 'number') throw new ServiceError('invalid_input', `${expected}, got ${describeValue(shards)}.`);
  const tenant = await namedTenant(context);
  const division = await services.storeOperator.divide(tenant, shards);
  await note(context, 'store.divided', { tenant, detail: { ...division } });
  return json(division);
}

/** A store would be made for any name, and keep what it is told for whoever gets that name. @throws ServiceError `not_found` */
async function namedTenant({ params, services }: RequestContext): Promise<string> {
  return (await requireTenant(services.accounts.db, params['tenant'] ?? '')).id;
}

function membersOf(body: unknown, names: readonly string[], expected: string): Record<string, unknown> {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  if (isObject && Object.keys(body).every((name) => names.includes(name))) return { ...body };
  throw new ServiceError(
    'invalid_input',
    `${expected}, got ${isObject ? `the members ${Object.keys(body).join(', ').slice(0, 80)}` : describeValue(body)}.`,
  );
}

function scopeOf(
  byPath: ReadonlyMap<string, ServedModel>,
  { model, id }: Record<string, unknown>,
  tenant: string,
  table: string,
): FlushScope {
  if (model === undefined && id === undefined) return { kind: 'tenant' };
  const served = typeof model === 'string' ? byPath.get(model) : undefined;
  if (served === undefined)
    throw new ServiceError('invalid_input', `/model: expected one of ${[...byPath.keys()].join(', ')}, got ${describeValue(model)}.`);
  if (id === undefined) return { kind: 'model', prefix: served.description.prefix };
  const parsed = keyOfParts(served, Array.isArray(id) ? id : [id]);
  if ('reason' in parsed) throw new ServiceError('invalid_input', `/id: ${parsed.reason}.`);
  return { kind: 'row', table, key: served.guarded.rowKey(tenant, parsed.key) };
}
