/** The tokens of hooks, which are one run's at a time among all runs of an app. */
import { and, eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { workflowHooks } from './index-schema.ts';
import type { RunAddress } from './run-address.ts';

/** A claim on a token: a row, whoever has it. */
export type TokenClaim = typeof workflowHooks.$inferSelect;

export interface WantedToken {
  token: string;
  hookId: string;
  isWebhook: boolean;
  createdAtMs: number;
  /** an id that no other claim has */
  claimId: string;
}

/**
 * Claims a token for a hook, where nobody has it or this very hook.
 *
 * @returns whose it is now
 */
export async function claimToken(db: D1Database, address: RunAddress, wanted: WantedToken): Promise<TokenClaim> {
  const row = { ...address, ...wanted };
  const database = drizzle(db);
  const [, [owner]] = await database.batch([
    database
      .insert(workflowHooks)
      .values(row)
      .onConflictDoUpdate({
        target: [workflowHooks.tenant, workflowHooks.app, workflowHooks.token],
        set: { claimId: row.claimId },
        setWhere: sql`${workflowHooks.runId} = ${row.runId} AND ${workflowHooks.hookId} = ${row.hookId}`,
      }),
    database.select().from(workflowHooks).where(isToken(row)),
  ]);
  return owner ?? row;
}

/**
 * Takes over a claim that its owner does not hold any more.
 *
 * @returns false when it is not that claim any more
 */
export async function takeOverToken(db: D1Database, address: RunAddress, wanted: WantedToken, leftOver: TokenClaim): Promise<boolean> {
  const { runId, hookId, claimId, isWebhook, createdAtMs } = { ...address, ...wanted };
  const taken = await drizzle(db)
    .update(workflowHooks)
    .set({ runId, hookId, claimId, isWebhook, createdAtMs })
    .where(and(isToken(leftOver), eq(workflowHooks.claimId, leftOver.claimId)))
    .returning({ runId: workflowHooks.runId });
  return taken.length > 0;
}

function isToken({ tenant, app, token }: { tenant: string; app: string; token: string }): ReturnType<typeof and> {
  return and(eq(workflowHooks.tenant, tenant), eq(workflowHooks.app, app), eq(workflowHooks.token, token));
}
