/** Whether a user has to show more than a password, as a condition in SQL: one statement that looks is one that cannot be overtaken. */
import { type SQL, sql, type SQLWrapper } from 'drizzle-orm';
import { passkeys, totpSecrets } from './schema.ts';

/** @param userId an id, or a column of ids */
export function hasSecondFactor(userId: string | SQLWrapper): SQL {
  const hasApp = sql`exists (select 1 from ${totpSecrets} where ${totpSecrets.userId} = ${userId} and ${totpSecrets.confirmedAtMs} is not null)`;
  return sql`(${hasApp} or exists (select 1 from ${passkeys} where ${passkeys.userId} = ${userId}))`;
}
