/** A password that somebody gives, checked behind the limits of guesses. Whatever the address, the work is the same. */
import { addressKey } from '../lib/ip-address.ts';
import type { SessionOwnerRpc } from '../objects/session-owner/rpc.ts';
import { NOBODYS_HASH, verifyPassword } from './password-hash.ts';
import { sha256Hex } from '../lib/sha256.ts';
import type { AccountServices } from './services.ts';
import type { User } from './users.ts';

/** Failures of addresses that nobody has are noted too, with one of so many owners of nobody. */
const NOBODIES = 64;

export interface GivenPassword {
  /** undefined: nobody has the address */
  user: User | undefined;
  /** the address as addresses are compared */
  emailKey: string;
  password: string;
  /** the caller's, null where nobody knows it */
  address: string | null;
}

/**
 * Whether the password is right. The limits are asked before the hash, which takes 20 ms of the isolate; a right password costs nothing of them.
 *
 * @throws ServiceError `rate_limited`
 */
export async function isRightPassword(
  accounts: AccountServices,
  { user, emailKey, password, address }: GivenPassword,
  nowMs: number,
): Promise<boolean> {
  const place = placeHashOf(user?.id ?? '', address);
  const isKnownPlace = async () => place !== null && ownerFor(accounts, { user, emailKey }).knowsPlace(place, nowMs);
  const giveBack = await accounts.attempts.admitSignIn({ emailKey, address, isKnownPlace });
  const isRight = await verifyPassword(user?.passwordHash ?? NOBODYS_HASH, password, (given, hash) => accounts.verifyImported(given, hash));
  if (!isRight || user === undefined) return false;
  giveBack();
  return true;
}

/** Counts a wrong password, of whoever has the address or nobody. */
export async function noteWrongPassword(
  accounts: AccountServices,
  whose: Pick<GivenPassword, 'user' | 'emailKey'>,
  nowMs: number,
): Promise<void> {
  await ownerFor(accounts, whose).noteFailure(nowMs);
}

function ownerFor(accounts: AccountServices, { user, emailKey }: Pick<GivenPassword, 'user' | 'emailKey'>): SessionOwnerRpc {
  return accounts.owner(user?.id ?? nobodyFor(emailKey));
}

/** By what an owner knows a place. The user's id makes the hashes of two users differ. */
export function placeHashOf(userId: string, address: string | null): string | null {
  const from = address === null ? null : (addressKey(address) ?? address);
  return from === null ? null : sha256Hex(`place/${userId}/${from}`);
}

function nobodyFor(emailKey: string): string {
  return `nobody-${Number.parseInt(sha256Hex(emailKey).slice(0, 8), 16) % NOBODIES}`;
}
