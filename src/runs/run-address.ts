/** Whose a run is, and what it is called. */
import { isUlid, ulidTimeMs } from '../lib/ulid.ts';

/** Runs, hook tokens and lists of one app of one tenant know nothing of those of others. */
export interface AppScope {
  tenant: string;
  app: string;
}

export interface RunAddress extends AppScope {
  runId: string;
}

const RUN_PREFIX = 'wrun_';
const PAST_MS = 24 * 60 * 60 * 1000;
const FUTURE_MS = 5 * 60 * 1000;

/** The name that a run's stream has among those of its tenant. */
export function runStreamName(app: string, name: string): string {
  return `runs/${app}/${streamSegment(name)}`;
}

/** A stream's name as a segment of a longer one. What may not stand in a segment is written as its code. */
export function streamSegment(name: string): string {
  return name.replaceAll(/[^\w.:@-]/g, (character) => `~${character.charCodeAt(0).toString(16)}`);
}

/** The id of a run that is made now. */
export function runIdOf(ulid: string): string {
  return RUN_PREFIX + ulid;
}

export function isRunId(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith(RUN_PREFIX) && isUlid(value.slice(RUN_PREFIX.length));
}

/** Why a run of this id cannot begin now, or null when it can: clients make the ids, and lists are in their order. */
export function whyNotANewRun(runId: string, nowMs: number): string | null {
  const ageMs = nowMs - ulidTimeMs(runId.slice(RUN_PREFIX.length));
  if (ageMs <= PAST_MS && -ageMs <= FUTURE_MS) return null;
  const distance = `${Math.round(Math.abs(ageMs) / 1000)} s in the ${ageMs > 0 ? 'past' : 'future'}`;
  return `expected a run id of the last 24 hours (or the next 5 minutes), got ${runId}, which is ${distance}`;
}
