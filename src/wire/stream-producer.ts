/** What names an append of an idempotent producer: its id, and numbers that count from 0. */
import { STREAM_PRODUCER_ID_MAX_CHARACTERS } from './limits.ts';

/** Why a text can be no producer's id, or null when it can. */
export function whyNotAProducerId(id: string): string | null {
  if (id !== '' && id.length <= STREAM_PRODUCER_ID_MAX_CHARACTERS) return null;
  return `expected 1 to ${STREAM_PRODUCER_ID_MAX_CHARACTERS} characters, got ${id.length}`;
}

/** Whether a value is a whole number that counts: an epoch or a sequence number. */
export function isSequenceNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
