/** What tenants have used in a day, for bills and quotas: one line of JSON for each tenant. */
import { ServiceError } from '../lib/errors.ts';
import { shownTraffic } from '../wire/traffic.ts';
import { JSON_LINES_TYPE, jsonLines, type LinesPart } from './json-lines.ts';
import { ParameterReader } from './parameter-reader.ts';
import { logFault, toPublicError } from './respond.ts';
import type { RequestContext, Route, Services } from './route.ts';

export const operatorUsageRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/operator/usage',
    summary: 'What each tenant has used in a day (UTC), as JSON lines',
    access: 'operator',
    limit: 'operator',
    mutates: false,
    cacheable: false,
    bodyLimitBytes: 0,
    schemas: {
      query: { day: { type: 'string', format: 'date' }, after: { type: 'string' } },
      responses: { 200: { type: 'object', required: ['tenant', 'day', 'requests'] } },
    },
    handle: usage,
  },
];

const TENANTS_AT_ONCE = 20;

async function usage(context: RequestContext): Promise<Response> {
  const reader = new ParameterReader(context.url);
  const day = reader.take('day') ?? new Date().toISOString().slice(0, 10);
  const after = reader.take('after') ?? '';
  reader.finish('day, after');
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new ServiceError('invalid_input', 'day: expected a day such as 2026-11-29.');
  const next = pagesOf(context.services, day, after);
  const body = jsonLines(await next(), {
    next,
    failed: (error) => {
      logFault(error, { requestId: context.requestId, method: 'GET', route: context.route.path });
      return `${JSON.stringify({ _error: toPublicError(error).code })}\n`;
    },
  });
  return new Response(body, { headers: { 'content-type': JSON_LINES_TYPE, 'cache-control': 'no-store' } });
}

/** Tenants that have used nothing are left out; whoever was interrupted goes on after the last line. */
function pagesOf(services: Services, day: string, after: string): () => Promise<LinesPart> {
  let last = after;
  return async () => {
    const tenants = await services.tenantIds(last, TENANTS_AT_ONCE);
    const used = await Promise.all(tenants.map((tenant) => usageOf(services, tenant, day)));
    last = tenants.at(-1) ?? last;
    const text = used.flatMap((line) => (line === null ? [] : `${JSON.stringify(line)}\n`)).join('');
    return { text, isLast: tenants.length < TENANTS_AT_ONCE };
  };
}

async function usageOf({ traffic, files }: Services, tenant: string, day: string): Promise<object | null> {
  const [used, stored] = await Promise.all([traffic.day(tenant, day), files?.ledger(tenant).list('', 0) ?? null]);
  const usedFiles = stored?.usage ?? null;
  if (used === null && (usedFiles?.files ?? 0) === 0) return null;
  const { requests, refusals, dynamodb, bytes, socketsOpened, runs } = used === null ? NOTHING : shownTraffic(used);
  const { readUnits, writeUnits } = dynamodb;
  return {
    tenant,
    day,
    requests,
    refusals,
    readUnits,
    writeUnits,
    bytesIn: bytes.in,
    bytesOut: bytes.out,
    socketsOpened,
    runs,
    files: usedFiles,
  };
}

const NOTHING = {
  requests: 0,
  refusals: 0,
  dynamodb: { readUnits: 0, writeUnits: 0 },
  bytes: { in: 0, out: 0 },
  socketsOpened: 0,
  runs: 0,
};
