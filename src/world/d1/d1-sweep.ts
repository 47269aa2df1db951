/** What nobody else does for runs that are kept in D1, and a cron has to: they have no alarm. */
import { sql } from 'drizzle-orm';
import type { MessageKind } from '../../runs/messages.ts';
import type { RunAddress } from '../../runs/run-address.ts';
import { D1Run, type D1RunOptions } from './d1-run.ts';
import { D1Sql } from './d1-sql.ts';

const AT_A_TIME = 100;
/** A message is sent right after it is written, unless its sender is interrupted. */
const UNSENT_MS = 60_000;

interface UnsentRow {
  tenant: string;
  app: string;
  run_id: string;
  id: string;
  kind: MessageKind['kind'];
}

/** Tells queues of messages whose sender was interrupted, and removes runs that have ended and are not kept any longer. @returns how many of each */
export async function sweepRuns(options: D1RunOptions, nowMs: number): Promise<{ sent: number; removed: number }> {
  const database = new D1Sql(options.db);
  const unsent = await database.all<UnsentRow>(sql`SELECT tenant, app, run_id, id, kind FROM workflow_messages
    WHERE is_sent = 0 AND failure IS NULL AND due_at_ms <= ${nowMs - UNSENT_MS} LIMIT ${AT_A_TIME}`);
  for (const row of unsent) await runOf(row, options).messages.send(row.id, row.kind, 0);
  const ended = await database.all<Omit<UnsentRow, 'id' | 'kind'>>(sql`SELECT tenant, app, run_id FROM workflow_runs
    WHERE completed_at_ms <= ${nowMs - options.retentionMs} LIMIT ${AT_A_TIME}`);
  for (const row of ended) await runOf(row, options).remove();
  return { sent: unsent.length, removed: ended.length };
}

function runOf({ tenant, app, run_id: runId }: Omit<UnsentRow, 'id' | 'kind'>, options: D1RunOptions): D1Run {
  const address: RunAddress = { tenant, app, runId };
  return new D1Run(address, options);
}
