/** The audit log: one row an event, kept for a time, and gone with the first event after that. */
import { and, desc, eq, gte, isNull, lt, or, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { AuditAction, AuditDetail, AuditEvent } from '../wire/audit.ts';
import { eventId, eventTime } from './event-id.ts';
import { auditEvents, memberships } from './schema.ts';
import { type AccountServices, inDatabase } from './services.ts';

/** Each event takes at most so many away whose time is over: more than come, so that none stays. */
const EXPIRED_AT_ONCE = 50;

/** The form of an event's id, which is where a list goes on. */
export const EVENT_ID_PATTERN = /^[0-9A-Za-z]{22}$/;

type Log = Pick<AccountServices, 'db' | 'auditKeptMs'>;
type NewEvent = Omit<AuditEvent, 'id'>;

/** Writes an event. @throws ServiceError `unavailable` when the database does not answer */
export async function writeEvent({ db, auditKeptMs }: Log, event: NewEvent): Promise<void> {
  const { tenant, actor, detail, ...rest } = event;
  const row = {
    ...rest,
    id: eventId(event.atMs),
    tenantId: tenant,
    actorKind: actor.kind,
    actorId: actor.id,
    detail: JSON.stringify(detail),
  };
  const database = drizzle(db);
  await inDatabase(() => database.batch([database.insert(auditEvents).values(row), removeExpired(db, event.atMs - auditKeptMs)]));
}

/** Writes an event of a user into the log of every tenant that the user is a member of. @throws as `writeEvent` */
export async function writeEventOfMember({ db }: Pick<Log, 'db'>, userId: string, event: Omit<NewEvent, 'tenant'>): Promise<void> {
  const rows = drizzle(db)
    .select({
      // In the order of the columns. Of one user in one instant a tenant has one such event.
      id: sql`${eventTime(event.atMs)} || substr(hex(randomblob(7)), 1, 14)`.as('id'),
      tenantId: memberships.tenantId,
      atMs: sql`${event.atMs}`.as('at_ms'),
      actorKind: sql`${event.actor.kind}`.as('actor_kind'),
      actorId: sql`${event.actor.id}`.as('actor_id'),
      via: sql`${event.via}`.as('via'),
      action: sql`${event.action}`.as('action'),
      target: sql`${event.target}`.as('target'),
      detail: sql`${JSON.stringify(event.detail)}`.as('detail'),
      address: sql`${event.address}`.as('address'),
      device: sql`${event.device}`.as('device'),
    })
    .from(memberships)
    .where(eq(memberships.userId, userId));
  await inDatabase(() => drizzle(db).insert(auditEvents).select(rows).run());
}

/** Which events are asked for; what is left out does not matter. */
export interface AuditFilter {
  /** an action, or its first word */
  action: string | null;
  actor: { kind: string; id: string } | null;
  target: string | null;
  fromMs: number | null;
  toMs: number | null;
}

/** The events of a tenant (null: of none), the newest first, after the one of the id `after`; `next`: where the next page begins, null at the end. */
export async function listEvents(
  { db, auditKeptMs }: Log,
  tenant: string | null,
  { action, actor, target, fromMs, toMs }: AuditFilter,
  { after, limit }: { after: string | null; limit: number },
  nowMs: number,
): Promise<{ events: AuditEvent[]; next: string | null }> {
  const table = auditEvents;
  const conditions: (SQL | undefined)[] = [
    tenant === null ? isNull(table.tenantId) : eq(table.tenantId, tenant),
    gte(table.atMs, Math.max(fromMs ?? 0, nowMs - auditKeptMs)),
    toMs === null ? undefined : lt(table.atMs, toMs),
    after === null ? undefined : lt(table.id, after),
    action === null ? undefined : or(eq(table.action, action), and(gte(table.action, `${action}.`), lt(table.action, `${action}/`))),
    actor === null ? undefined : and(eq(table.actorKind, actor.kind), eq(table.actorId, actor.id)),
    target === null ? undefined : eq(table.target, target),
  ];
  const rows = await inDatabase(() =>
    drizzle(db)
      .select()
      .from(table)
      .where(and(...conditions))
      .orderBy(desc(table.id))
      .limit(limit + 1)
      .all(),
  );
  const page = rows.slice(0, limit);
  return { events: page.map(eventOf), next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

function removeExpired(db: D1Database, cutoffMs: number) {
  const expired = sql`select id from ${auditEvents} where at_ms < ${cutoffMs} limit ${EXPIRED_AT_ONCE}`;
  return drizzle(db)
    .delete(auditEvents)
    .where(sql`${auditEvents.id} in (${expired})`);
}

function eventOf({ tenantId, actorKind, actorId, action, detail, ...row }: typeof auditEvents.$inferSelect): AuditEvent {
  return {
    ...row,
    tenant: tenantId,
    // Written by the functions above.
    actor: { kind: actorKind, id: actorId } as AuditEvent['actor'],
    via: row.via as AuditEvent['via'],
    action: action as AuditAction,
    detail: JSON.parse(detail) as AuditDetail,
  };
}
