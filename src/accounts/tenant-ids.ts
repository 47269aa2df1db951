/** All tenants, a page at a time, for what is done to each of them. */
import { and, asc, gt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { ServiceError } from '../lib/errors.ts';
import { IS_NOT_ERASED } from './lifecycle.ts';
import { tenants } from './schema.ts';

/**
 * The ids of at most `limit` tenants that come after `after` in their order; '' starts.
 *
 * @throws ServiceError `unavailable` when the database does not answer
 */
export async function tenantIds(db: D1Database, after: string, limit: number): Promise<string[]> {
  try {
    const rows = await drizzle(db)
      .select({ id: tenants.id })
      .from(tenants)
      .where(and(gt(tenants.id, after), IS_NOT_ERASED))
      .orderBy(asc(tenants.id))
      .limit(limit);
    return rows.map(({ id }) => id);
  } catch (cause) {
    throw new ServiceError('unavailable', 'The tenants cannot be listed at the moment.', { cause, retryAfterMs: 1_000 });
  }
}
