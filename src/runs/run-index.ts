/** The index: what is found without knowing the run. Rows are some moments old. */
import { and, asc, desc, eq, gt, lt, or, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import { drizzle } from 'drizzle-orm/d1';
import type { RunStatus } from './entities.ts';
import { workflowHooks, workflowRuns } from './index-schema.ts';
import type { PageRequest } from './pages.ts';
import type { AppScope, RunAddress } from './run-address.ts';
import type { RunState } from './states.ts';

/** A run as the index has it. */
export type IndexedRun = typeof workflowRuns.$inferSelect;
/** Where a hook is to be found, if it is still there. */
export type IndexedHook = typeof workflowHooks.$inferSelect;

export interface IndexChanges {
  /** null: there is nothing new of the run */
  run: { state: RunState; version: number } | null;
  /** hooks that are no more */
  goneHookIds: readonly string[];
}

/** Writes what has become of a run. What is older than a row in the index leaves it as it is. */
export async function writeIndex(db: D1Database, address: RunAddress, { run, goneHookIds }: IndexChanges): Promise<void> {
  const database = drizzle(db);
  const statements: BatchItem<'sqlite'>[] = goneHookIds.map((hookId) => {
    const isIt = and(ofScope(workflowHooks, address), eq(workflowHooks.hookId, hookId), eq(workflowHooks.runId, address.runId));
    return database.delete(workflowHooks).where(isIt);
  });
  if (run !== null) {
    const { executionContext: _, error, ...state } = run.state;
    const row = { ...address, ...state, error: error && JSON.stringify(error), version: run.version };
    const target = [workflowRuns.tenant, workflowRuns.app, workflowRuns.runId];
    statements.push(
      database
        .insert(workflowRuns)
        .values(row)
        .onConflictDoUpdate({ target, set: row, setWhere: sql`excluded.version > ${workflowRuns.version}` }),
    );
  }
  const [first, ...others] = statements;
  if (first) await database.batch([first, ...others]);
}

/** Removes everything of a run. */
export async function removeFromIndex(db: D1Database, address: RunAddress): Promise<void> {
  const database = drizzle(db);
  await database.batch([
    database.delete(workflowRuns).where(and(ofScope(workflowRuns, address), eq(workflowRuns.runId, address.runId))),
    database.delete(workflowHooks).where(and(ofScope(workflowHooks, address), eq(workflowHooks.runId, address.runId))),
  ]);
}

/** Runs of all apps of a tenant, any of them. */
export async function someRunsOf(db: D1Database, tenant: string, limit: number): Promise<RunAddress[]> {
  const { app, runId } = workflowRuns;
  const rows = await drizzle(db).select({ app, runId }).from(workflowRuns).where(eq(workflowRuns.tenant, tenant)).limit(limit);
  return rows.map((row) => ({ tenant, ...row }));
}

/** The run after one in the order of apps and ids, whatever app of the tenant it is of; undefined at the end. */
export async function runBehind(db: D1Database, { tenant, ...last }: RunAddress): Promise<RunAddress | undefined> {
  const { app, runId } = workflowRuns;
  const isBehind = or(gt(app, last.app), and(eq(app, last.app), gt(runId, last.runId)));
  const row = await drizzle(db)
    .select({ app, runId })
    .from(workflowRuns)
    .where(and(eq(workflowRuns.tenant, tenant), isBehind))
    .orderBy(asc(app), asc(runId))
    .get();
  return row && { tenant, ...row };
}

export interface RunFilter {
  workflowName?: string | undefined;
  status?: RunStatus | undefined;
}

/** Runs in the order of their ids, which is that of their creation. @returns one more than the page holds where there are more */
export async function listIndexedRuns(db: D1Database, scope: AppScope, filter: RunFilter, page: PageRequest): Promise<IndexedRun[]> {
  const { workflowName, status } = filter;
  return drizzle(db)
    .select()
    .from(workflowRuns)
    .where(
      and(
        ofScope(workflowRuns, scope),
        workflowName === undefined ? undefined : eq(workflowRuns.workflowName, workflowName),
        status === undefined ? undefined : eq(workflowRuns.status, status),
        behind(workflowRuns.runId, page),
      ),
    )
    .orderBy(page.order === 'asc' ? asc(workflowRuns.runId) : desc(workflowRuns.runId))
    .limit(page.limit + 1);
}

/** Hooks of all runs by their tokens. @returns one more than the page holds where there are more */
export async function listIndexedHooks(db: D1Database, scope: AppScope, page: PageRequest): Promise<IndexedHook[]> {
  return drizzle(db)
    .select()
    .from(workflowHooks)
    .where(and(ofScope(workflowHooks, scope), behind(workflowHooks.token, page)))
    .orderBy(page.order === 'asc' ? asc(workflowHooks.token) : desc(workflowHooks.token))
    .limit(page.limit + 1);
}

export async function findHookByToken(db: D1Database, scope: AppScope, token: string): Promise<IndexedHook | undefined> {
  return drizzle(db)
    .select()
    .from(workflowHooks)
    .where(and(ofScope(workflowHooks, scope), eq(workflowHooks.token, token)))
    .get();
}

/** The hooks of all tenants that are webhooks with this token. Tokens of webhooks are made by the SDK and of much chance: there is one, or none. */
export async function findWebhooks(db: D1Database, token: string): Promise<IndexedHook[]> {
  const isIt = and(eq(workflowHooks.token, token), eq(workflowHooks.isWebhook, true));
  return drizzle(db).select().from(workflowHooks).where(isIt).limit(2);
}

export async function findHookById(db: D1Database, scope: AppScope, hookId: string): Promise<IndexedHook | undefined> {
  return drizzle(db)
    .select()
    .from(workflowHooks)
    .where(and(ofScope(workflowHooks, scope), eq(workflowHooks.hookId, hookId)))
    .get();
}

function ofScope(table: typeof workflowRuns | typeof workflowHooks, { tenant, app }: AppScope): ReturnType<typeof and> {
  return and(eq(table.tenant, tenant), eq(table.app, app));
}

function behind(
  column: typeof workflowRuns.runId | typeof workflowHooks.token,
  { cursor, order }: PageRequest,
): ReturnType<typeof gt> | undefined {
  if (cursor === null) return undefined;
  return order === 'asc' ? gt(column, cursor) : lt(column, cursor);
}
