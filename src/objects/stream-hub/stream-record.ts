/** What a stream is besides its messages: one row, kept in memory while the object lives. */
import type { StreamRetention } from './retention.ts';
import type { ForkSource, StreamLifetime } from './rpc.ts';
import type { StreamPosition } from '../../wire/stream-offset.ts';

/** Where a fork begins, and what its source is. */
export interface Fork {
  source: string;
  /** as it was asked for, so that the same request is recognised */
  asked: ForkSource;
  /** the positions before this one are the source's */
  begin: number;
  /** how far offsets of the streams that it comes from are good here */
  lineage: StreamPosition[];
}

export interface StreamRecord {
  epoch: number;
  createdAtMs: number;
  contentType: string;
  lifetime: StreamLifetime;
  /** when it is gone if nobody uses it until then; null: never */
  diesAtMs: number | null;
  isClosed: boolean;
  /** deleted, but there are forks that need its messages */
  isDeleted: boolean;
  lastStreamSeq: string | null;
  fork: Fork | null;
  retention: StreamRetention;
  /** the position of the first message that is kept */
  keptFrom: number;
}

type Row = {
  epoch: number;
  created_at_ms: number;
  content_type: string;
  ttl_sec: number | null;
  expires_at_ms: number | null;
  dies_at_ms: number | null;
  is_closed: number;
  is_deleted: number;
  last_stream_seq: string | null;
  fork: string | null;
  kept_from: number;
  retention_sec: number | null;
  retention_bytes: number | null;
};

/** The stored record; null where the object holds no stream, and then it need not even have tables. */
export function loadRecord(sql: SqlStorage): StreamRecord | null {
  const [row] = sql.exec<Row>('SELECT * FROM stream').toArray();
  if (!row) return null;
  return {
    epoch: row.epoch,
    createdAtMs: row.created_at_ms,
    contentType: row.content_type,
    lifetime: { ttlSec: row.ttl_sec, expiresAtMs: row.expires_at_ms },
    diesAtMs: row.dies_at_ms,
    isClosed: row.is_closed === 1,
    isDeleted: row.is_deleted === 1,
    lastStreamSeq: row.last_stream_seq,
    fork: row.fork === null ? null : (JSON.parse(row.fork) as Fork), // written by `saveRecord`
    retention: { ageSec: row.retention_sec, bytes: row.retention_bytes },
    keptFrom: row.kept_from,
  };
}

export function saveRecord(sql: SqlStorage, record: StreamRecord): void {
  sql.exec(
    'INSERT OR REPLACE INTO stream VALUES (0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    record.epoch,
    record.createdAtMs,
    record.contentType,
    record.lifetime.ttlSec,
    record.lifetime.expiresAtMs,
    record.diesAtMs,
    Number(record.isClosed),
    Number(record.isDeleted),
    record.lastStreamSeq,
    record.fork === null ? null : JSON.stringify(record.fork),
    record.keptFrom,
    record.retention.ageSec,
    record.retention.bytes,
  );
}

/** How much of its time to live a stream may be used without the use being written down. It lives longer by this, and never shorter. */
const UNWRITTEN_SHARE = 0.1;

/** When a stream that is used now dies. */
export function deathOf({ ttlSec, expiresAtMs }: StreamLifetime, nowMs: number): number | null {
  return ttlSec === null ? expiresAtMs : nowMs + ttlSec * 1000 * (1 + UNWRITTEN_SHARE);
}

/** Whether a use at this time has to be written down, so that the stream lives its time from now on. */
export function needsRenewal({ lifetime: { ttlSec }, diesAtMs }: StreamRecord, nowMs: number): boolean {
  return ttlSec !== null && diesAtMs !== null && diesAtMs < nowMs + ttlSec * 1000;
}

export function isSameLifetime(one: StreamLifetime, other: StreamLifetime): boolean {
  return one.ttlSec === other.ttlSec && one.expiresAtMs === other.expiresAtMs;
}
