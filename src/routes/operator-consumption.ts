/** `GET /v1/operator/limits/consumption`: what an address, a tenant, or one of its principals has used of its limits. */
import { addressKey } from '../lib/ip-address.ts';
import { ServiceError } from '../lib/errors.ts';
import type { Principal } from '../wire/principal.ts';
import { CONSUMPTION, consumptionOf, type LimitHolder } from './limit-consumption.ts';
import { ParameterReader } from './parameter-reader.ts';
import { json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';

export const operatorConsumptionRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/operator/limits/consumption',
    summary: 'What an address, a tenant, or one of its principals has used of its limits',
    access: 'operator',
    limit: 'operator',
    mutates: false,
    cacheable: false,
    bodyLimitBytes: 0,
    schemas: {
      query: {
        address: { type: 'string' },
        tenant: { type: 'string' },
        subject: { type: 'string', description: 'key/{id}, user/{id} or service/{id} of the tenant, or operator/{id}' },
      },
      responses: { 200: CONSUMPTION },
    },
    handle: async (context) => json(await consumptionOf(context.services.limits, await readHolder(context))),
  },
];

async function readHolder({ url, services }: RequestContext): Promise<LimitHolder> {
  const reader = new ParameterReader(url);
  const [address, tenant, subjectText] = [reader.take('address'), reader.take('tenant'), reader.take('subject')];
  reader.finish('address, tenant and subject');
  if (address !== null) {
    const key = tenant === null && subjectText === null ? addressKey(address) : null;
    if (key === null) throw expectedOneHolder();
    return { kind: 'address', address, key };
  }
  const subject = subjectText === null ? null : readSubject(subjectText);
  if (tenant === null) {
    if (subject === null) throw expectedOneHolder();
    return { kind: 'principal', tenant, subject, plan: null };
  }
  const plan = await services.planOf(tenant);
  if (plan === null) throw new ServiceError('not_found', `There is no tenant "${tenant}" here.`);
  if (subject === null) return { kind: 'tenant', tenant, plan };
  const holder = { kind: 'principal', tenant, subject, plan } as const;
  return subject.kind === 'key' ? { ...holder, keyId: subject.id } : holder;
}

function readSubject(text: string): Principal['subject'] {
  const [, kind, id = ''] = /^(user|key|service|operator)\/(.{1,128})$/s.exec(text) ?? [];
  if (kind === undefined) throw expectedOneHolder();
  return { kind: kind as Principal['subject']['kind'], id }; // one of those in the pattern
}

function expectedOneHolder(): ServiceError {
  return new ServiceError(
    'invalid_input',
    'Expected one of ?address=203.0.113.7, ?tenant=acme, ?tenant=acme&subject=key/{id} or, of no tenant, ?subject=operator/{id}.',
  );
}
