/** What becomes of sessions: pure functions of a session, what came, and the time. */
import { isSameText } from '../../lib/same-text.ts';
import type { NewSession, SessionKind, SessionListing, SessionProof } from './rpc.ts';

const DAY_MS = 86_400_000;
/** ASVS 5.0, 7.3: an end for who is idle, and one for everybody. */
const IDLE_MS = 30 * DAY_MS;
const ABSOLUTE_MS = 90 * DAY_MS;
/** A session notes its use at most so often: one write each half day. */
const SEEN_RESOLUTION_MS = DAY_MS / 2;
/** How long after a rotation the token before it is taken for a request that was slower, not for a thief's. */
const OVERTAKEN_MS = 10_000;
/** How long the token before it is answered with what came of the rotation, as long as that has not arrived: time for four tries of `steamer/client`. */
const REPEATED_MS = 60_000;

export const MAX_SESSIONS = 20;
/** Of the tokens that a session had, so many are recognised when they come again. */
export const SPENT_MAX = 100;

export interface Session {
  id: string;
  kind: SessionKind;
  secretHash: string;
  /** of the token before the last rotation, or of the cookie before its last renewal */
  previousHash: string | null;
  device: string;
  place: string;
  startedAtMs: number;
  authenticatedAtMs: number;
  seenAtMs: number;
  rotatedAtMs: number;
  /** whether an access token of the last rotation was used: who has asked for it has its answer */
  hasArrived: boolean;
  data: string | null;
  dataVersion: number;
}

export function begin({ id, kind, secretHash, device, place, atMs }: NewSession): Session {
  const times = { startedAtMs: atMs, authenticatedAtMs: atMs, seenAtMs: atMs, rotatedAtMs: atMs };
  return { id, kind, secretHash, device, place, ...times, previousHash: null, hasArrived: true, data: null, dataVersion: 0 };
}

/** When a session ends if nobody uses it any more. */
export function endsAtMs({ startedAtMs, seenAtMs }: Session): number {
  return Math.min(startedAtMs + ABSOLUTE_MS, seenAtMs + IDLE_MS);
}

export function isLive(session: Session, nowMs: number): boolean {
  return nowMs < endsAtMs(session);
}

/** Whether the use of a session now is worth a note. */
export function isWorthNoting({ seenAtMs }: Session, nowMs: number): boolean {
  return nowMs >= seenAtMs + SEEN_RESOLUTION_MS;
}

/** Whether an access token that was issued then is of the last rotation. Those of the second before are taken for such, too: nothing is repeated then. */
export function isOfLastRotation({ rotatedAtMs }: Session, issuedAtSec: number): boolean {
  return issuedAtSec >= Math.floor(rotatedAtMs / 1000);
}

/** What proves a session: its secret, or an access token of it; the one before, of a request that was slower than the cookie's renewal; or nothing. */
export function judgeProof(session: Session, proof: SessionProof, nowMs: number): 'current' | 'overtaken' | 'none' {
  if (typeof proof !== 'string' || isSameText(session.secretHash, proof)) return 'current';
  return session.kind === 'cookie' && isPreviousOf(session, proof) && nowMs < session.rotatedAtMs + OVERTAKEN_MS ? 'overtaken' : 'none';
}

/** What a refresh with some token is. `nextHash`: of what would follow it; `isSpent`: whether the session had it earlier than the one before the current. */
export function judgeRefresh(
  session: Session,
  hash: string,
  nextHash: string,
  isSpent: (hash: string) => boolean,
  nowMs: number,
): 'rotated' | 'repeated' | 'superseded' | 'replayed' | 'refused' {
  if (isSameText(session.secretHash, hash)) return 'rotated';
  const isPrevious = isPreviousOf(session, hash);
  const isRepeatable = !session.hasArrived && isSameText(session.secretHash, nextHash);
  if (isPrevious && isRepeatable && nowMs < session.rotatedAtMs + REPEATED_MS) return 'repeated';
  if (isPrevious && nowMs < session.rotatedAtMs + OVERTAKEN_MS) return 'superseded';
  // A token that was never of this session says nothing: who knows its id could end it otherwise.
  return isPrevious || isSpent(hash) ? 'replayed' : 'refused';
}

function isPreviousOf({ previousHash }: Session, hash: string): boolean {
  return previousHash !== null && isSameText(previousHash, hash);
}

/** The sessions that have to end for one more. */
export function surplus(sessions: readonly Session[]): Session[] {
  return sessions.toSorted((one, other) => other.seenAtMs - one.seenAtMs || other.startedAtMs - one.startedAtMs).slice(MAX_SESSIONS - 1);
}

export function listing(session: Session): SessionListing {
  const { id, kind, device, place, startedAtMs, seenAtMs } = session;
  return { id, kind, device, place, startedAtMs, seenAtMs, endsAtMs: endsAtMs(session) };
}
