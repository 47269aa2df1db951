/** What a session cookie and a refresh token look like: each names its owner and its session, so that no index is needed to find them. */
import type { SealingKey } from '../lib/sealed-text.ts';
import { deriveSecret, ID, newId, newSecret, SECRET } from './secrets.ts';

export interface SessionToken {
  kind: 'cookie' | 'token';
  user: string;
  session: string;
  /** the whole text; never stored */
  text: string;
}

const PREFIXES = { cookie: 's', token: 'r' } as const;
const PURPOSE = 'steamer/refresh-token';
const PATTERN = new RegExp(`^([sr])_(${ID})_(${ID})_${SECRET}$`);
const MAX_CHARACTERS = 100;

/** A token with a new secret: of a new session, or (`session` given) a new one of one. */
export function mintSessionToken(kind: SessionToken['kind'], user: string, session: string = newId()): SessionToken {
  return { kind, user, session, text: `${PREFIXES[kind]}_${user}_${session}_${newSecret()}` };
}

/** The refresh token behind another one: always the same of one token, so that it can be told again and need not be stored for that. */
export async function nextToken({ kind, user, session, text }: SessionToken, [key]: readonly SealingKey[]): Promise<SessionToken> {
  if (key === undefined) throw new TypeError('expected a key of the service');
  const secret = await deriveSecret(key, `${PURPOSE}/${text}`);
  return { kind, user, session, text: `${PREFIXES[kind]}_${user}_${session}_${secret}` };
}

/** Reads a token; null for every other text. Says nothing about whether there is such a session. */
export function parseSessionToken(text: string): SessionToken | null {
  const [, prefix, user, session] = (text.length <= MAX_CHARACTERS && PATTERN.exec(text)) || [];
  if (user === undefined || session === undefined) return null;
  return { kind: prefix === PREFIXES.cookie ? 'cookie' : 'token', user, session, text };
}
