import { describe, expect, it } from 'vitest';
import { mintSessionToken, parseSessionToken } from '../../src/accounts/session-token.ts';
import { setSessionCookie } from '../../src/routes/session-cookie.ts';

const USER = 'u'.repeat(22);

describe('a session token', () => {
  it('has 256 random bits, and names its owner and session', () => {
    const minted = Array.from({ length: 100 }, () => mintSessionToken('cookie', USER));
    const secrets = minted.map(({ text }) => text.split('_')[3]);
    expect(new Set(secrets).size).toBe(100);
    expect(secrets.every((secret) => /^[0-9A-Za-z]{43}$/.test(secret ?? ''))).toBe(true);
    // Each digit of 43 in base 62 is any of 62, but for the first: 62^43 is a little more than 2^256.
    expect(new Set(secrets.map((secret) => secret?.at(-1))).size).toBeGreaterThan(30);
    for (const token of minted) expect(parseSessionToken(token.text)).toEqual(token);
  });

  it('fits into a cookie many times over', () => {
    expect(setSessionCookie(mintSessionToken('cookie', USER).text)['set-cookie']?.length).toBeLessThan(200);
  });

  it('is another one after a rotation, of the same session', () => {
    const first = mintSessionToken('token', USER);
    const next = mintSessionToken('token', USER, first.session);
    expect(next.session).toBe(first.session);
    expect(next.text).not.toBe(first.text);
  });

  const text = mintSessionToken('token', USER).text;
  it.each([
    '',
    's',
    text.slice(1),
    `${text}x`,
    text.slice(0, -1),
    text.replace('r_', 'x_'),
    text.replaceAll('_', '.'),
    'x'.repeat(1e6),
    `${text}\n`,
  ])('is not %.30j', (other) => {
    expect(parseSessionToken(other)).toBeNull();
  });
});
