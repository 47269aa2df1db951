/** What the functions of this room are handed. */
import { ServiceError } from '../lib/errors.ts';
import type { SealingKey } from '../lib/sealed-text.ts';
import type { KeyOwnerRpc, SessionOwnerRpc } from '../objects/session-owner/rpc.ts';
import type { MailJob } from '../wire/mail.ts';
import type { AttemptLimits } from '../wire/attempts.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { OutsideTokens } from './outside-tokens.ts';
import type { RelyingParty } from './webauthn/ceremony.ts';

export interface AccountServices {
  readonly db: D1Database;
  /** the object that owns a user's sessions */
  owner(user: string): SessionOwnerRpc;
  /** the object that owns a tenant's API keys */
  keyOwner(tenant: string): KeyOwnerRpc;
  /** puts what there is to send into the queue */
  postpone(job: MailJob): Promise<void>;
  /** asks the queue to go on with the erasure of a tenant */
  goOnErasing(tenant: string): Promise<void>;
  /** of the service: seal what has to be read again; the first seals, all open */
  readonly sealingKeys: readonly SealingKey[];
  /** whom passkeys are for; null: for nobody, without a public URL */
  readonly relyingParty: RelyingParty | null;
  readonly accessTokens: AccessTokens;
  readonly outsideTokens: OutsideTokens;
  /** how long events of the audit log are kept */
  readonly auditKeptMs: number;
  readonly attempts: AttemptLimits;
  /** whether a password is the one of a hash of another system, such as bcrypt's */
  verifyImported(password: string, hash: string): Promise<boolean>;
  /** why an application's data cannot be kept with a session; null when they can */
  whyNotSessionData(data: unknown): string | null;
}

const RETRY_AFTER_MS = 1_000;

/**
 * Does something with the database.
 *
 * @throws ServiceError `unavailable` when it does not answer
 */
export async function inDatabase<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw new ServiceError('unavailable', 'Accounts cannot be looked up at the moment.', { cause, retryAfterMs: RETRY_AFTER_MS });
  }
}
