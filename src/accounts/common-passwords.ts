import { fromBase64 } from '../lib/base64.ts';
import { compactSet } from '../lib/compact-set.ts';
import { COMMON_PASSWORDS } from './common-password-filter.ts';

let isIn: ((password: string) => boolean) | null = null;

/**
 * Whether a password is one of the 3,000 most usual of 8 characters and more (ASVS 5.0, 6.2.4). One in 300 others is taken for one, too.
 *
 * @param password in lower case
 */
export function isCommonPassword(password: string): boolean {
  isIn ??= compactSet(fromBase64(COMMON_PASSWORDS));
  return isIn(password);
}
