/** The table's stream comes in, so that what other writers change is seen at once. */
import { describeValue } from '../lib/describe-value.ts';
import { ServiceError } from '../lib/errors.ts';
import { parseJson } from '../lib/json-text.ts';
import { STREAM_BODY_MAX_BYTES } from '../wire/limits.ts';
import { readJsonText } from './read-body.ts';
import { json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';
import { readStreamRecords } from './table-stream-records.ts';

/** DynamoDB nests 32 levels, each of which takes two in its JSON; a record and its list stand around them. */
const MAX_DEPTH = 80;

const GAP_BODY_MAX_BYTES = 1024;
/** The objects that one request flushes. */
const TENANTS_AT_A_TIME = 500;

const COUNT = { type: 'integer', minimum: 0 };

/** The routes that take the table's stream. */
export const operatorTableStreamRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/operator/invalidate',
    summary: "Takes records of the table's stream: rows that other writers changed are read anew",
    access: { sender: 'invalidate' },
    limit: 'operator',
    mutates: true,
    cacheable: false,
    bodyLimitBytes: STREAM_BODY_MAX_BYTES,
    schemas: {
      body: { type: 'object', required: ['Records'], properties: { Records: { type: 'array', items: { type: 'object' } } } },
      responses: {
        200: { type: 'object', properties: { tenants: COUNT, dropped: COUNT, unchanged: COUNT, ignored: COUNT } },
      },
    },
    handle: invalidate,
  },
  {
    method: 'POST',
    path: '/v1/operator/stream-gap',
    summary: 'Records of the stream were lost: everything that is cached is read anew, some tenants at a time',
    access: { sender: 'invalidate' },
    limit: 'operator',
    mutates: true,
    cacheable: false,
    bodyLimitBytes: GAP_BODY_MAX_BYTES,
    schemas: {
      body: { type: 'object', required: ['after'], additionalProperties: false, properties: { after: { type: 'string' } } },
      responses: { 200: { type: 'object', properties: { tenants: COUNT, next: { type: ['string', 'null'] } } } },
    },
    handle: flushSomeTenants,
  },
];

async function invalidate({ request, services }: RequestContext): Promise<Response> {
  const body = parseJson(await readJsonText(request, STREAM_BODY_MAX_BYTES), MAX_DEPTH);
  return json(await services.storeOperator.invalidate(readStreamRecords(body, services.environment.table.name)));
}

async function flushSomeTenants({ request, services }: RequestContext): Promise<Response> {
  const tenants = await services.tenantIds(readAfter(parseJson(await readJsonText(request, GAP_BODY_MAX_BYTES))), TENANTS_AT_A_TIME);
  await services.storeOperator.flushAll(tenants);
  return json({ tenants: tenants.length, next: tenants.length < TENANTS_AT_A_TIME ? null : tenants.at(-1) });
}

function readAfter(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'after' in body && typeof body.after === 'string') return body.after;
  throw new ServiceError('invalid_input', `Expected {"after": ""}, or the "next" of the answer before, got ${describeValue(body)}.`);
}
