/** A new stream as it was asked for, and whether one that exists is what another asks for. Pure. */
import { isSameType } from './append-rules.ts';
import { isSameRetention, KEEP_EVERYTHING } from './retention.ts';
import type { CreateResult, CreateStream, ForkedPart, ForkSource } from './rpc.ts';
import type { Stream } from './stream.ts';
import { deathOf, isSameLifetime } from './stream-record.ts';
import type { StreamRecord } from './stream-record.ts';

/** The type of a stream that was created without one. */
const DEFAULT_TYPE = 'application/octet-stream';
const FOREVER = { ttlSec: null, expiresAtMs: null };

/** The record of a stream that is created now; `part` is what it takes of another. */
export function recordOf(request: CreateStream, part: ForkedPart | null, epoch: number, nowMs: number): StreamRecord {
  const lifetime = request.lifetime ?? part?.lifetime ?? FOREVER;
  return {
    epoch,
    createdAtMs: nowMs,
    contentType: request.contentType ?? part?.contentType ?? DEFAULT_TYPE,
    lifetime,
    diesAtMs: deathOf(lifetime, nowMs),
    isClosed: request.isClosed,
    isDeleted: false,
    lastStreamSeq: null,
    retention: request.retention ?? part?.retention ?? KEEP_EVERYTHING,
    keptFrom: part?.keptFrom ?? 0,
    fork: request.fork && part ? { source: request.fork.name, asked: request.fork, begin: part.at.position, lineage: part.lineage } : null,
  };
}

/** What a creation finds in its place; null: nothing. */
export function compare(request: CreateStream, stream: Stream | null): CreateResult | null {
  if (!stream) return null;
  if (stream.record.isDeleted) return { kind: 'taken' };
  return { kind: describesSame(request, stream.record) ? 'exists' : 'differs', state: stream.state };
}

/** Whether a stream is what a creation asks for; what the creation leaves to a fork's source is not compared. */
function describesSame({ contentType, lifetime, retention, isClosed, fork }: CreateStream, record: StreamRecord): boolean {
  const type = contentType ?? (fork ? record.contentType : DEFAULT_TYPE);
  const life = lifetime ?? (fork ? record.lifetime : FOREVER);
  const kept = retention ?? (fork ? record.retention : KEEP_EVERYTHING);
  return (
    isSameType(type, record.contentType) &&
    isSameLifetime(life, record.lifetime) &&
    isSameRetention(kept, record.retention) &&
    isClosed === record.isClosed &&
    isSameFork(fork, record.fork?.asked ?? null)
  );
}

function isSameFork(one: ForkSource | null, other: ForkSource | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
