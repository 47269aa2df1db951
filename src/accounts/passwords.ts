/** Which passwords may be set. Which may be tried is nobody's business: a wrong one is wrong. */
import { ServiceError } from '../lib/errors.ts';
import { PASSWORD_MAX_BYTES, PASSWORD_MIN_BYTES } from '../wire/account-bodies.ts';
import { isCommonPassword } from './common-passwords.ts';

/**
 * Refuses a password that anybody would try: too short, among the most usual ones, or the address itself. No rules of composition (NIST SP 800-63B-4, 3.1.1.2).
 *
 * @param own texts that are known of the user, such as the address
 * @throws ServiceError `weak_password`, with what is expected; `invalid_input` above 1,024 bytes
 */
export function refuseWeakPassword(password: string, own: readonly string[]): void {
  const bytes = new TextEncoder().encode(password).byteLength;
  if (bytes > PASSWORD_MAX_BYTES)
    throw new ServiceError('invalid_input', `/password: expected at most ${PASSWORD_MAX_BYTES} bytes, got ${bytes}.`);
  const reason = whyWeak(password, bytes, own);
  if (reason !== null) throw new ServiceError('weak_password', `/password: ${reason}.`, { issues: [{ path: '/password', reason }] });
}

function whyWeak(password: string, bytes: number, own: readonly string[]): string | null {
  if (bytes < PASSWORD_MIN_BYTES)
    return `expected at least ${PASSWORD_MIN_BYTES} bytes; a few words are easy to remember and hard to guess`;
  const lower = password.toLowerCase();
  if (isCommonPassword(lower)) return 'it is among the most usual passwords, which are tried first';
  return own.some((text) => text.toLowerCase() === lower) ? 'it is what is known of you' : null;
}
