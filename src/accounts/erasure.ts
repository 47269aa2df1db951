/** The erasure of a tenant: asked for once, and then worked off from its row in D1, from wherever it was interrupted. */
import { and, eq, gt, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { ServiceError } from '../lib/errors.ts';
import type { EraseStep } from '../wire/erasure.ts';
import { setSuspended } from './lifecycle.ts';
import { erasures } from './schema.ts';
import { type AccountServices, inDatabase } from './services.ts';

const DAY_MS = 86_400_000;
const USER_MAX_A_DAY = 3;

/** What has become of an erasure. It outlives the tenant. */
export interface ErasureReport {
  tenant: string;
  requestedAtMs: number;
  /** "user/{id}" or "operator/{id}" */
  requestedBy: string;
  /** what is being removed; '' before the first, null: nothing any more */
  step: string | null;
  /** how many things are gone, by step; what was interrupted may have been more */
  removed: Record<string, number>;
  finishedAtMs: number | null;
}

/**
 * Suspends a tenant for good, and asks for everything of it to be removed. Asked again, an erasure that has got stuck goes on.
 *
 * @throws ServiceError `not_found`, `unavailable`; `rate_limited` for a user who has asked for several in a day
 */
export async function requestErasure(accounts: AccountServices, tenant: string, requestedBy: string, nowMs: number): Promise<void> {
  if (requestedBy.startsWith('user/')) await refuseTooMany(accounts.db, requestedBy, nowMs);
  await setSuspended(accounts, tenant, true, nowMs);
  const row = { tenantId: tenant, requestedAtMs: nowMs, requestedBy };
  await inDatabase(() => drizzle(accounts.db).insert(erasures).values(row).onConflictDoNothing().run());
  await accounts.goOnErasing(tenant);
}

/** Each erasure reads the whole table, and anybody may make a tenant. */
async function refuseTooMany(db: D1Database, requestedBy: string, nowMs: number): Promise<void> {
  const isRecent = and(eq(erasures.requestedBy, requestedBy), gt(erasures.requestedAtMs, nowMs - DAY_MS));
  const recent = await inDatabase(() =>
    drizzle(db).select({ id: erasures.tenantId }).from(erasures).where(isRecent).limit(USER_MAX_A_DAY).all(),
  );
  if (recent.length < USER_MAX_A_DAY) return;
  throw new ServiceError('rate_limited', `A user erases at most ${USER_MAX_A_DAY} tenants a day.`, { retryAfterMs: DAY_MS });
}

/** Null when nobody has asked for it. */
export async function erasureOf(db: D1Database, tenant: string): Promise<ErasureReport | null> {
  const row = await readRow(db, tenant);
  if (row === undefined) return null;
  const { requestedAtMs, requestedBy, step, finishedAtMs } = row;
  return { tenant, requestedAtMs, requestedBy, step, removed: countsOf(row), finishedAtMs };
}

/**
 * Goes on with an erasure until it is finished or the time is over. Two that do so at once do no harm: of what they have done in one place, one is counted.
 *
 * @returns whether there is nothing left to do
 */
export async function advanceErasure(db: D1Database, steps: readonly EraseStep[], tenant: string, untilMs: number): Promise<boolean> {
  for (;;) {
    const row = await readRow(db, tenant);
    if (row === undefined || row.finishedAtMs !== null) return true;
    if (Date.now() >= untilMs) return false;
    await advance(db, steps, row);
  }
}

async function advance(db: D1Database, steps: readonly EraseStep[], row: Row): Promise<void> {
  // A step that there was in another version only: all of them again.
  const index = Math.max(
    0,
    steps.findIndex(({ name }) => name === row.step),
  );
  const step = steps[index];
  const { removed, next } = step === undefined ? { removed: 0, next: null } : await step.erase(row.tenantId, row.position);
  const counts = countsOf(row);
  if (step !== undefined) counts[step.name] = (counts[step.name] ?? 0) + removed;
  const following = next === null ? (steps[index + 1]?.name ?? null) : (step?.name ?? null);
  const change = { step: following, position: next, removed: JSON.stringify(counts), finishedAtMs: following === null ? Date.now() : null };
  const isWhereItWas = and(
    eq(erasures.tenantId, row.tenantId),
    sql`${erasures.step} is ${row.step} and ${erasures.position} is ${row.position}`,
  );
  await inDatabase(() => drizzle(db).update(erasures).set(change).where(isWhereItWas).run());
}

type Row = typeof erasures.$inferSelect;

async function readRow(db: D1Database, tenant: string): Promise<Row | undefined> {
  return inDatabase(() => drizzle(db).select().from(erasures).where(eq(erasures.tenantId, tenant)).get());
}

function countsOf({ removed }: Row): Record<string, number> {
  return JSON.parse(removed) as Record<string, number>; // written by `advance`
}
