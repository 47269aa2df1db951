/** The words that no expression may use as the name of an attribute: it needs an alias for them. */
import { fromBase64 } from '../../lib/base64.ts';
import { compactSet } from '../../lib/compact-set.ts';
import { RESERVED_WORDS } from './reserved-word-filter.ts';

let isIn: ((word: string) => boolean) | null = null;

/**
 * Whether a name is reserved, in any case. One in 300 others is taken for it, too: DynamoDB is asked what it thinks of that.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
 */
export function isPerhapsReserved(name: string): boolean {
  isIn ??= compactSet(fromBase64(RESERVED_WORDS));
  return isIn(name.toLowerCase());
}
