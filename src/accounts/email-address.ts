/** Addresses of mail: which are taken, and when two are the same. */

const MAX_CHARACTERS = 254;
/** What stands in a header cannot end it: no spaces, no control characters, no angle brackets, commas or quotes. */
const LOCAL_PART = /^[^\s\p{Cc}<>(),:;"\\[\]@]{1,64}$/u;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export interface EmailAddress {
  /** as it was given, without spaces around it */
  text: string;
  /** NFKC and lower case, the domain as Punycode: the same for all ways of writing one address */
  key: string;
}

/** Reads an address; null when it is none. Says nothing about whether anybody reads mail there. */
export function parseEmail(given: string): EmailAddress | null {
  const text = given.trim();
  const at = text.lastIndexOf('@');
  if (text.length > MAX_CHARACTERS || at < 1) return null;
  const local = text.slice(0, at).normalize('NFKC').toLowerCase();
  const domain = domainOf(text.slice(at + 1).normalize('NFKC'));
  return domain !== null && LOCAL_PART.test(local) ? { text, key: `${local}@${domain}` } : null;
}

function domainOf(text: string): string | null {
  if (/[\s/?#:@\\%]/u.test(text) || !URL.canParse(`http://${text}`)) return null;
  const { hostname } = new URL(`http://${text}`);
  return DOMAIN.test(hostname) ? hostname : null;
}
