/** All that a run's object keeps, over its SQLite. */
import type { RunAddress } from '../../runs/run-address.ts';
import { EntityViews } from './entity-views.ts';
import { EventLog } from './event-log.ts';
import { HookRows } from './hook-rows.ts';
import { RunRecord } from './run-row.ts';
import { StepRows } from './step-rows.ts';
import { WaitRows } from './wait-rows.ts';

export interface RunParts {
  address: RunAddress;
  record: RunRecord;
  steps: StepRows;
  hooks: HookRows;
  waits: WaitRows;
  log: EventLog;
  views: EntityViews;
}

/** @param retentionMs how long a run is kept after its end */
export function openRun(sql: SqlStorage, address: RunAddress, retentionMs: number): RunParts {
  const log = new EventLog(sql, address.runId);
  return {
    address,
    record: new RunRecord(sql),
    steps: new StepRows(sql),
    hooks: new HookRows(sql),
    waits: new WaitRows(sql),
    log,
    views: new EntityViews(address, log, retentionMs),
  };
}
