/** What accounts have of a tenant, for its export: no hash of anything that opens something is in it. */
import type { ExportStep } from '../wire/tenant-export.ts';
import { listEvents } from './audit-log.ts';
import { listInvitations } from './invitations.ts';
import { requireTenant } from './lifecycle.ts';
import { listMembers } from './memberships.ts';
import type { AccountServices } from './services.ts';
import { listKeys } from './tenant-keys.ts';

const EVENTS_AT_ONCE = 500;
const ALL = { action: null, actor: null, target: null, fromMs: null, toMs: null };

/** Tenant, members, invitations, keys and events. */
export function exportAccountSteps({ db, auditKeptMs }: Pick<AccountServices, 'db' | 'auditKeptMs'>): ExportStep[] {
  const whole = (name: string, kind: string, read: (tenant: string) => Promise<readonly object[]>): ExportStep => ({
    name,
    read: async (tenant) => ({ lines: (await read(tenant)).map((one) => ({ kind, ...one })), next: null }),
  });
  return [
    whole('tenant', 'tenant', async (tenant) => [await requireTenant(db, tenant)]),
    whole('members', 'member', (tenant) => listMembers(db, tenant)),
    whole('invitations', 'invitation', (tenant) => listInvitations(db, tenant, Date.now())),
    whole('keys', 'key', (tenant) => listKeys(db, tenant, Date.now())),
    {
      name: 'events',
      async read(tenant, after) {
        const { events, next } = await listEvents({ db, auditKeptMs }, tenant, ALL, { after, limit: EVENTS_AT_ONCE }, Date.now());
        return { lines: events.map((event) => ({ kind: 'event', ...event })), next };
      },
    },
  ];
}
