/** All that a run's object keeps, over its SQLite. */
import type { RunAddress } from '../../runs/run-address.ts';
import { EntityViews } from './entity-views.ts';
import { EventLog } from './event-log.ts';
import { HookRows } from './hook-rows.ts';
import { PlaceRow } from './place-row.ts';
import { RunRecord } from './run-row.ts';
import { StepRows } from './step-rows.ts';
import { StreamRows } from './stream-rows.ts';
import { WaitRows } from './wait-rows.ts';

export interface RunParts {
  address: RunAddress;
  record: RunRecord;
  steps: StepRows;
  hooks: HookRows;
  waits: WaitRows;
  place: PlaceRow;
  streams: StreamRows;
  log: EventLog;
  views: EntityViews;
}

/** @param retentionMs how long a run is kept after its end */
export function partsOf(sql: SqlStorage, address: RunAddress, retentionMs: number): RunParts {
  const log = new EventLog(sql, address.runId);
  return {
    address,
    record: new RunRecord(sql),
    steps: new StepRows(sql),
    hooks: new HookRows(sql),
    waits: new WaitRows(sql),
    place: new PlaceRow(sql),
    streams: new StreamRows(sql),
    log,
    views: new EntityViews(address, log, retentionMs),
  };
}
