/** What accounts have of a tenant, for its erasure: members, keys, invitations, the audit log, and the name. */
import { and, eq, inArray, sql, type SQL } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { EraseStep } from '../wire/erasure.ts';
import { apiKeys, auditEvents, codes, memberships, tenants } from './schema.ts';
import { type AccountServices, inDatabase } from './services.ts';

/** So many members are told, and so many rows removed, by one call. */
const MEMBERS_AT_ONCE = 32;
const ROWS_AT_ONCE = 1_000;
const AGAIN = 'again';

type Parts = Pick<AccountServices, 'db' | 'owner' | 'keyOwner'>;

/** The steps, in their order. The row of the tenant stays, suspended and without a name, so that nobody is given its id. */
export function eraseAccountSteps({ db, owner, keyOwner }: Parts): EraseStep[] {
  return [
    { name: 'members', erase: async (tenant) => eraseMembers({ db, owner }, tenant, Date.now()) },
    {
      name: 'keys',
      erase: async (tenant) => {
        const removed = await removeRows(db, sql`delete from ${apiKeys} where ${apiKeys.tenantId} = ${tenant}`);
        await keyOwner(tenant).forgetKeys();
        return { removed, next: null };
      },
    },
    {
      name: 'invitations',
      erase: async (tenant) => {
        return { removed: await removeRows(db, sql`delete from ${codes} where ${codes.tenantId} = ${tenant}`), next: null };
      },
    },
    {
      name: 'events',
      erase: async (tenant) => {
        const some = sql`select id from ${auditEvents} where tenant_id = ${tenant} limit ${ROWS_AT_ONCE}`;
        const removed = await removeRows(db, sql`delete from ${auditEvents} where id in (${some})`);
        return { removed, next: removed === ROWS_AT_ONCE ? AGAIN : null };
      },
    },
    {
      name: 'tenant',
      erase: async (tenant) => {
        const nothing = { name: '', allowedOrigins: '' };
        await inDatabase(() => drizzle(db).update(tenants).set(nothing).where(eq(tenants.id, tenant)).run());
        return { removed: 1, next: null };
      },
    },
  ];
}

/** The members are told first: one that was told and whose row is left is told again, and nobody is left who was not. */
async function eraseMembers({ db, owner }: Pick<Parts, 'db' | 'owner'>, tenant: string, nowMs: number) {
  const isOfTenant = eq(memberships.tenantId, tenant);
  const members = await inDatabase(() =>
    drizzle(db).select({ userId: memberships.userId }).from(memberships).where(isOfTenant).limit(MEMBERS_AT_ONCE).all(),
  );
  const ids = members.map(({ userId }) => userId);
  const nobody = { role: null, plan: null, isSuspended: true };
  await Promise.all(ids.map(async (id) => owner(id).learnMembership(tenant, nobody, nowMs, 'changed')));
  if (ids.length > 0) {
    await inDatabase(() =>
      drizzle(db)
        .delete(memberships)
        .where(and(isOfTenant, inArray(memberships.userId, ids)))
        .run(),
    );
  }
  return { removed: ids.length, next: ids.length === MEMBERS_AT_ONCE ? AGAIN : null };
}

async function removeRows(db: D1Database, statement: SQL): Promise<number> {
  const { meta } = await inDatabase(() => drizzle(db).run(statement));
  return meta.changes;
}
