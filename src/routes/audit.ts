/** Audit logs: of a tenant for its owners and admins, of any tenant and of the service for operators. */
import { type AuditFilter, EVENT_ID_PATTERN, listEvents } from '../accounts/index.ts';
import { AUDIT_ACTIONS, type AuditEvent } from '../wire/audit.ts';
import { PAGE_DEFAULT_ITEMS, PAGE_MAX_ITEMS } from '../wire/limits.ts';
import type { JsonSchema } from '../wire/route.ts';
import { ParameterReader } from './parameter-reader.ts';
import { json } from './respond.ts';
import { type RequestContext, type Route, tenantOf } from './route.ts';

const TEXT = { type: 'string' };
const TIME = { type: 'string', format: 'date-time' };
const EVENT: JsonSchema = {
  type: 'object',
  properties: {
    id: TEXT,
    at: TIME,
    action: { enum: AUDIT_ACTIONS },
    actor: { type: 'object', properties: { kind: { enum: ['user', 'key', 'service', 'operator'] }, id: TEXT } },
    via: TEXT,
    target: TEXT,
    detail: { type: 'object' },
    address: { type: ['string', 'null'] },
    device: TEXT,
  },
};
const FILTERS = { action: TEXT, actor: TEXT, target: TEXT, from: TIME, to: TIME, limit: { type: 'integer' }, cursor: TEXT };
const PAGE = { type: 'object', properties: { events: { type: 'array', items: EVENT }, cursor: { type: ['string', 'null'] } } };
const READ = { method: 'GET', mutates: false, cacheable: false, bodyLimitBytes: 0 } as const;

/** The operators' first: their path would name a tenant otherwise. */
export const auditRoutes: readonly Route[] = [
  {
    ...READ,
    path: '/v1/operator/audit',
    summary: 'What was done in a tenant; without one: what operators have done to the service',
    access: 'operator',
    limit: 'operator',
    schemas: { query: { tenant: TEXT, ...FILTERS }, responses: { 200: PAGE } },
    handle: async (context) => {
      const reader = new ParameterReader(context.url);
      return json(await page(context, reader.take('tenant'), reader));
    },
  },
  {
    ...READ,
    path: '/v1/:tenant/audit',
    summary: 'What was done in the tenant, by whom and from where, the newest first',
    access: { scope: 'tenant:admin' },
    limit: 'read',
    schemas: { query: FILTERS, responses: { 200: PAGE } },
    handle: async (context) => json(await page(context, tenantOf(context), new ParameterReader(context.url))),
  },
];

async function page({ services }: RequestContext, tenant: string | null, reader: ParameterReader): Promise<object> {
  const filter = readFilter(reader);
  const limit = reader.integer('limit', PAGE_DEFAULT_ITEMS, PAGE_MAX_ITEMS);
  const after = reader.take('cursor');
  if (after !== null && !EVENT_ID_PATTERN.test(after)) reader.refuse('cursor', 'expected the cursor of a page of events');
  reader.finish(Object.keys(FILTERS).join(', '));
  const { events, next } = await listEvents(services.accounts, tenant, filter, { after, limit }, Date.now());
  return { events: events.map(shown), cursor: next };
}

function readFilter(reader: ParameterReader): AuditFilter {
  const action = reader.take('action');
  if (action !== null && !AUDIT_ACTIONS.some((known) => known === action || known.startsWith(`${action}.`)))
    reader.refuse('action', `expected one of ${AUDIT_ACTIONS.join(', ')}, or the first word of one`);
  return {
    action,
    actor: readActor(reader),
    target: reader.take('target'),
    fromMs: readTime(reader, 'from'),
    toMs: readTime(reader, 'to'),
  };
}

function readActor(reader: ParameterReader): AuditFilter['actor'] {
  const text = reader.take('actor');
  if (text === null) return null;
  const [, kind, id] = /^(user|key|service|operator)\/(.{1,128})$/s.exec(text) ?? [];
  if (kind !== undefined && id !== undefined) return { kind, id };
  reader.refuse('actor', 'expected user/{id}, key/{id}, service/{id} or operator/{id}');
  return null;
}

function readTime(reader: ParameterReader, name: string): number | null {
  const text = reader.take(name);
  if (text === null) return null;
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) reader.refuse(name, 'expected a date and time such as 2030-01-01T00:00:00Z');
  return atMs;
}

function shown({ id, atMs, action, actor, via, target, detail, address, device }: AuditEvent): object {
  return { id, at: new Date(atMs).toISOString(), action, actor, via, target, detail, address, device };
}
