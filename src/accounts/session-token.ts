/** What a session cookie and a refresh token look like: each names its owner and its session, so that no index is needed to find them. */
import { ID, newId, newSecret, SECRET } from './secrets.ts';

export interface SessionToken {
  kind: 'cookie' | 'token';
  user: string;
  session: string;
  /** the whole text; never stored */
  text: string;
}

const PREFIXES = { cookie: 's', token: 'r' } as const;
const PATTERN = new RegExp(`^([sr])_(${ID})_(${ID})_${SECRET}$`);
const MAX_CHARACTERS = 100;

/** A token with a new secret: of a new session, or (`session` given) the next of one. */
export function mintSessionToken(kind: SessionToken['kind'], user: string, session: string = newId()): SessionToken {
  return { kind, user, session, text: `${PREFIXES[kind]}_${user}_${session}_${newSecret()}` };
}

/** Reads a token; null for every other text. Says nothing about whether there is such a session. */
export function parseSessionToken(text: string): SessionToken | null {
  const [, prefix, user, session] = (text.length <= MAX_CHARACTERS && PATTERN.exec(text)) || [];
  if (user === undefined || session === undefined) return null;
  return { kind: prefix === PREFIXES.cookie ? 'cookie' : 'token', user, session, text };
}
