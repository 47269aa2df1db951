/** The cookie of a session. The prefix `__Host-` binds it to this host: no subdomain can set or shadow it (RFC 6265bis, 4.1.3.2). */

const NAME = '__Host-sid';
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';
/** As long as a session may last; the session itself says when it is over. */
const MAX_AGE_SEC = 90 * 86_400;

/** The token in a request's cookie, or null. Of two cookies of the name neither is taken. */
export function sessionCookieOf(request: Request): string | null {
  const values = (request.headers.get('cookie') ?? '').split(';').flatMap((pair) => {
    const [name, value] = pair.trim().split('=');
    return name === NAME && value !== undefined ? [value] : [];
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

export function clearSessionCookie(): Record<string, string> {
  return { 'set-cookie': `${NAME}=; ${ATTRIBUTES}; Max-Age=0` };
}
