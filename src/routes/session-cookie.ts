/** The cookie of a session, and that of its claim. The prefix `__Host-` binds them to this host: no subdomain can set or shadow them (RFC 6265bis, 4.1.3.2). */

const NAME = '__Host-sid';
const CLAIM_NAME = '__Host-claim';
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';
/** As long as a session may last; the session itself says when it is over. */
const MAX_AGE_SEC = 90 * 86_400;
const CLAIM_MAX_AGE_SEC = 5;

/** The token in a request's cookie, or null. Of two cookies of the name neither is taken. */
export function sessionCookieOf(request: Request): string | null {
  return cookieOf(request, NAME);
}

/** As `sessionCookieOf`. */
export function claimCookieOf(request: Request): string | null {
  return cookieOf(request, CLAIM_NAME);
}

function cookieOf(request: Request, wanted: string): string | null {
  const values = (request.headers.get('cookie') ?? '').split(';').flatMap((pair) => {
    const [name, value] = pair.trim().split('=');
    return name === wanted && value !== undefined ? [value] : [];
  });
  return values.length === 1 ? (values[0] ?? null) : null;
}

export function setSessionCookie(token: string): Record<string, string> {
  return { 'set-cookie': `${NAME}=${token}; ${ATTRIBUTES}; Max-Age=${MAX_AGE_SEC}` };
}

/** For a proof of who the user is, after which the cookie has another secret. @param token null where the session is carried by tokens */
export function renewSessionCookie(token: string | null): Record<string, string> {
  return token === null ? {} : setSessionCookie(token);
}

/** The value of a `Set-Cookie`. */
export function claimCookie(claim: string): string {
  return `${CLAIM_NAME}=${claim}; ${ATTRIBUTES}; Max-Age=${CLAIM_MAX_AGE_SEC}`;
}

export function clearSessionCookie(): Record<string, string> {
  return { 'set-cookie': `${NAME}=; ${ATTRIBUTES}; Max-Age=0` };
}
