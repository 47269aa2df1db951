/**
 * Page cursors that can leave the program: sealed, so that what they hold cannot be read or edited, and bound to the query they are of. A cursor
 * holds the key of a row, which names tenant and prefix: a signature alone would keep it from being edited, not from being read.
 */
import { seal, unseal } from '../lib/sealed-text.ts';
import type { SealingKey } from '../lib/sealed-text.ts';
import type { PageKey } from './query.ts';

/** A signing key of the service: at least 32 random bytes. */
export type CursorKey = SealingKey;

const PURPOSE = 'steamer cursor v1';

/**
 * Seals where a page ended.
 *
 * @param binding what the cursor is good for, e.g. tenant, model, index and a fingerprint of the query
 * @param keys the first one seals
 * @throws TypeError without a key
 */
export async function sealCursor(lastKey: PageKey, binding: string, keys: readonly CursorKey[]): Promise<string> {
  return seal(lastKey, { purpose: PURPOSE, binding, keys });
}

/** Where the page ended, or null when the text is no cursor of this binding that one of the keys has sealed. */
export async function openCursor(text: string, binding: string, keys: readonly CursorKey[]): Promise<PageKey | null> {
  const opened = await unseal(text, { purpose: PURPOSE, binding, keys });
  return opened === undefined ? null : (opened as PageKey); // authenticated: only `sealCursor` has written it
}
