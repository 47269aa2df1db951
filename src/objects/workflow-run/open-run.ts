/** A run's object with its tables: what it keeps, and who reads and writes it. */
import type { RunAddress } from '../../runs/run-address.ts';
import { migrate } from '../migrate.ts';
import { EventWriter } from './event-writer.ts';
import type { OutboxKind } from './index-outbox.ts';
import { partsOf, type RunParts } from './run-parts.ts';
import { RunReader } from './run-reader.ts';
import { MIGRATIONS } from './schema.ts';

export interface OpenRun {
  parts: RunParts;
  writer: EventWriter;
  reader: RunReader;
}

interface OpenRunOptions {
  address: RunAddress;
  /** how long a run is kept after its end */
  retentionMs: number;
  /** notes what others have to be told of */
  note: (kind: OutboxKind, key?: string) => void;
}

/** Makes the tables where they are not there. */
export function openRun(storage: DurableObjectStorage, { address, retentionMs, note }: OpenRunOptions): OpenRun {
  migrate(storage, MIGRATIONS);
  const parts = partsOf(storage.sql, address, retentionMs);
  return { parts, writer: new EventWriter(parts, note), reader: new RunReader(parts) };
}
