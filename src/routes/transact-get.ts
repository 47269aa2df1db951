/** Items of several models as they are at one moment. */
import { ModelView } from '../access/index.ts';
import { describeValue } from '../lib/describe-value.ts';
import { ServiceError } from '../lib/errors.ts';
import { parseJson } from '../lib/json-text.ts';
import { BATCH_BODY_MAX_BYTES, TRANSACTION_MAX_ACTIONS } from '../wire/limits.ts';
import { asObject, at, ID_SCHEMA, keyOfId, readMembers } from './body-members.ts';
import { shapedItems } from './item-shape.ts';
import type { ItemShape } from './item-shape.ts';
import { knownFields } from './model-query.ts';
import { viewOf } from './model-route.ts';
import type { ServedModel } from './model-route.ts';
import { readJsonText } from './read-body.ts';
import { json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';

/** One item that is asked for. */
interface Asked extends ItemShape {
  view: ModelView;
  key: Record<string, unknown>;
}

/** `POST /v1/{tenant}/transact-get`: up to 100 items by model and id. */
export function transactGetRoute(servedModels: readonly ServedModel[]): Route {
  const byPath = new Map(servedModels.map((served) => [served.description.path, served]));
  const item = {
    type: 'object',
    required: ['model', 'id'],
    additionalProperties: false,
    properties: {
      model: { type: 'string', enum: [...byPath.keys()] },
      id: ID_SCHEMA,
      fields: { type: 'array', items: { type: 'string' }, minItems: 1 },
    },
  };
  return {
    method: 'POST',
    path: '/v1/:tenant/transact-get',
    summary: 'Reads items of several models as they are at one moment',
    access: { scope: 'models:read', anonymous: servedModels.some(({ guarded }) => guarded.isPublic) },
    limit: 'batch',
    mutates: false,
    cacheable: false,
    bodyLimitBytes: BATCH_BODY_MAX_BYTES,
    schemas: {
      body: {
        type: 'object',
        required: ['items'],
        properties: { items: { type: 'array', maxItems: TRANSACTION_MAX_ACTIONS, items: item } },
      },
      responses: {
        200: { type: 'object', required: ['items'], properties: { items: { type: 'array', items: { type: ['object', 'null'] } } } },
      },
    },
    handle: (context) => readAtOnce(byPath, context),
  };
}

async function readAtOnce(byPath: ReadonlyMap<string, ServedModel>, context: RequestContext): Promise<Response> {
  const members = readMembers(parseJson(await readJsonText(context.request, BATCH_BODY_MAX_BYTES)), 'items', TRANSACTION_MAX_ACTIONS);
  const asked = members.map((member, position) => at('items', position, () => readMember(byPath, member, context)));
  const found = await ModelView.findAtOnce(asked);
  const items = asked.map(async (shape, position) => {
    const item = found[position] ?? null;
    return item && ((await shapedItems([item], shape))[0] ?? null);
  });
  return json({ items: await Promise.all(items) });
}

function readMember(byPath: ReadonlyMap<string, ServedModel>, member: unknown, context: RequestContext): Asked {
  const { model, id, fields, ...others } = asObject(member);
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw new ServiceError('invalid_input', `expected model, id and fields, got ${JSON.stringify(other.slice(0, 80))}.`);
  const served = typeof model === 'string' ? byPath.get(model) : undefined;
  if (!served)
    throw new ServiceError('invalid_input', `model: expected one of ${[...byPath.keys()].join(', ')}, got ${describeValue(model)}.`);
  const view = viewOf(served, context);
  return { view, key: keyOfId(served, id), fields: knownFields(readNames(fields), view.description, 'fields'), include: [] };
}

function readNames(fields: unknown): string[] | null {
  if (fields === undefined) return null;
  if (Array.isArray(fields) && fields.every((field) => typeof field === 'string')) return fields;
  throw new ServiceError('invalid_input', `fields: expected an array of names, got ${describeValue(fields)}.`);
}
