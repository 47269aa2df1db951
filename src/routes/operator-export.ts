/** Everything of a tenant as JSON lines, for operators. */
import { requireTenant } from '../accounts/index.ts';
import { fromBase64, toBase64 } from '../lib/base64.ts';
import { ServiceError } from '../lib/errors.ts';
import type { ExportStep } from '../wire/tenant-export.ts';
import { note } from './audit-trail.ts';
import { JSON_LINES_TYPE, jsonLines, type LinesPart } from './json-lines.ts';
import { ParameterReader } from './parameter-reader.ts';
import { logFault, toPublicError } from './respond.ts';
import type { RequestContext, Route } from './route.ts';

export const operatorExportRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/operator/tenants/:tenant/export',
    summary: 'Everything of a tenant as JSON lines: accounts, rows, messages',
    access: 'operator',
    limit: 'operator',
    mutates: false,
    cacheable: false,
    bodyLimitBytes: 0,
    schemas: {
      query: { cursor: { type: 'string' } },
      responses: { 200: { contentMediaType: 'application/jsonl', description: 'lines, some of a member "_cursor"' } },
    },
    handle: exportTenant,
  },
];

async function exportTenant(context: RequestContext): Promise<Response> {
  const { services, params, url, requestId } = context;
  const tenant = params['tenant'] ?? '';
  const reader = new ParameterReader(url);
  const cursor = reader.take('cursor');
  reader.finish('cursor');
  await requireTenant(services.accounts.db, tenant);
  let place = cursor === null ? { step: 0, position: null } : placeOf(cursor, services.exportSteps);
  const next = async (): Promise<LinesPart> => {
    const part = await partAt(services.exportSteps, tenant, place);
    place = part.place ?? place;
    return { text: part.text, isLast: part.place === null };
  };
  if (cursor === null) await note(context, 'tenant.exported', { tenant });
  const body = jsonLines(await next(), {
    next,
    failed: (error) => {
      logFault(error, { requestId, method: 'GET', route: context.route.path });
      return `${JSON.stringify({ _error: toPublicError(error).code })}\n`;
    },
  });
  return new Response(body, { headers: { 'content-type': JSON_LINES_TYPE, 'cache-control': 'no-store' } });
}

interface Place {
  step: number;
  position: string | null;
}

/** A part, and the cursor behind it; `place` null: it was the last one. */
async function partAt(
  steps: readonly ExportStep[],
  tenant: string,
  { step, position }: Place,
): Promise<{ text: string; place: Place | null }> {
  const { lines, next } = (await steps[step]?.read(tenant, position)) ?? { lines: [], next: null };
  const following = next === null ? { step: step + 1, position: null } : { step, position: next };
  const place = following.step < steps.length ? following : null;
  const cursor = place && toBase64(new TextEncoder().encode(JSON.stringify([steps[place.step]?.name, place.position])));
  return { text: [...lines, { _cursor: cursor }].map((line) => `${JSON.stringify(line)}\n`).join(''), place };
}

function placeOf(cursor: string, steps: readonly ExportStep[]): Place {
  try {
    const [name, position] = JSON.parse(new TextDecoder().decode(fromBase64(cursor))) as [unknown, unknown]; // looked at below
    const step = steps.findIndex((one) => one.name === name);
    if (step !== -1 && (position === null || typeof position === 'string')) return { step, position };
  } catch {
    // as one that names nothing
  }
  throw new ServiceError('invalid_cursor', '?cursor: expected the last "_cursor" of an export.');
}
