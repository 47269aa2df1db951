/** AWS credentials that change while the program runs: read where they are kept, and again before they end. */
import { isPlainObject } from '../lib/plain-object.ts';
import type { AwsCredentials } from './signing.ts';

interface Kept {
  credentials: AwsCredentials;
  readAtMs: number;
  /** from then on they are read again, beside what goes on */
  renewAtMs: number;
  /** from then on they are of no use */
  endAtMs: number;
}

/** What was read last: values, which all objects of an isolate may share. */
export interface CredentialsShelf {
  kept: Kept | null;
}

export interface RenewalOptions {
  /** The text of credentials, in the form in which AWS gives them to containers: `{"AccessKeyId", "SecretAccessKey", "Token"?, "Expiration"?}`. */
  read: () => Promise<string>;
  shelf: CredentialsShelf;
  /** whether callers wait for a read that another one began; not across requests of a Worker, whose reads end with them */
  joins: boolean;
  nowMs?: () => number;
}

/** Before the end. AWS gives new ones 15 minutes before it, and at the soonest 5. */
const MARGIN_MS = 5 * 60_000;
/** Those that do not say when they end. */
const READ_EVERY_MS = 5 * 60_000;
/** At the soonest, after a read that failed or brought what AWS refuses. */
const AGAIN_MS = 10_000;

/**
 * Gives the credentials of `read`. As long as those that are there are good they are given at once, and read anew beside that when it is time; a
 * read that fails is tried again, and nobody hears of it until they have ended. Who is refused with them says so, and gets others when there are.
 *
 * @throws what `read` throws, and TypeError for a text that has no credentials, when there are none that are good
 */
export function renewedCredentials({
  read,
  shelf,
  joins,
  nowMs = Date.now,
}: RenewalOptions): (refused: AwsCredentials | null) => Promise<AwsCredentials> {
  let reading: Promise<AwsCredentials> | null = null;
  const renew = async (): Promise<AwsCredentials> => {
    const kept = keptOf(await read(), nowMs());
    shelf.kept = kept;
    return kept.credentials;
  };
  const renewed = (): Promise<AwsCredentials> => {
    if (!joins) return renew();
    return (reading ??= renew().finally(() => (reading = null)));
  };
  return async (refused) => {
    const { kept } = shelf;
    const atMs = nowMs();
    if (kept === null || atMs >= kept.endAtMs) return renewed();
    const isRefused = kept.credentials.secretAccessKey === refused?.secretAccessKey;
    if (isRefused && atMs >= kept.readAtMs + AGAIN_MS) return renewed();
    if (atMs >= kept.renewAtMs) {
      kept.renewAtMs = atMs + AGAIN_MS;
      // Not waited for: those that are there are good.
      void renewed().catch(() => undefined);
    }
    return kept.credentials;
  };
}

function keptOf(text: string, atMs: number): Kept {
  const given: unknown = JSON.parse(text);
  if (!isPlainObject(given)) throw new TypeError('AWS credentials: expected a JSON object');
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken, Expiration: expiration } = given;
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string')
    throw new TypeError('AWS credentials: expected AccessKeyId and SecretAccessKey');
  const endAtMs = typeof expiration === 'string' ? Date.parse(expiration) : Infinity;
  if (Number.isNaN(endAtMs)) throw new TypeError('AWS credentials: expected Expiration to be an instant');
  const token = typeof sessionToken === 'string' && sessionToken !== '' ? { sessionToken } : {};
  const renewAtMs = Math.min(Math.max(endAtMs - MARGIN_MS, atMs + AGAIN_MS), endAtMs === Infinity ? atMs + READ_EVERY_MS : Infinity);
  return { credentials: { accessKeyId, secretAccessKey, ...token }, readAtMs: atMs, renewAtMs, endAtMs };
}
