import { hashOf } from '../lib/text-hash.ts';

/** Tells texts apart in few characters: FNV-1a of 32 bits in base 36, which dynamo-bao's cursors hold too. It is no proof of anything. */
export function textHash(text: string): string {
  return hashOf(text).toString(36);
}
