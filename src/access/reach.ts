/** How far a rule lets a principal: the one place where the words of rules are read. */
import type { AccessWord } from '../wire/access-rules.ts';
import type { Principal } from '../wire/principal.ts';

/** To all items, to the principal's own, or to none. */
export type Reach = 'all' | 'own' | 'none';

/** How far these words let a principal, or (null) somebody without credentials. A word that is not there admits nobody. */
export function reachOf(words: readonly AccessWord[], principal: Principal | null): Reach {
  if (words.some((word) => admits(word, principal))) return 'all';
  return words.includes('owner') && isMember(principal) ? 'own' : 'none';
}

/** Whether these words let a principal write for others: in a role, or as a backend of the tenant's own. */
export function mayActForOthers(words: readonly AccessWord[], principal: Principal | null): boolean {
  return words.some((word) => word !== 'public' && word !== 'member' && admits(word, principal));
}

/** Whether a reach extends to an item. */
export function covers(reach: Reach, isOwn: boolean): boolean {
  return reach === 'all' || (reach === 'own' && isOwn);
}

/** Whether a word admits to all items. */
function admits(word: AccessWord, principal: Principal | null): boolean {
  if (word === 'public') return true;
  if (!isMember(principal)) return false;
  switch (word) {
    case 'member':
      return true;
    case 'key':
      return principal.role === undefined && (principal.subject.kind === 'key' || principal.subject.kind === 'service');
    case 'owner':
      return false;
    default:
      return principal.role !== undefined && word === `role:${principal.role}`;
  }
}

/** An operator is of no tenant, and so is a member of none. */
function isMember(principal: Principal | null): principal is Principal {
  return principal !== null && principal.tenant !== null;
}
