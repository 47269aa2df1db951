import { describe, expect, it } from 'vitest';
import { totpCode, totpStepOf, totpUri } from '../../src/accounts/totp.ts';
import { base32 } from '../../src/lib/base32.ts';

const SECRET = Uint8Array.from('12345678901234567890', (character) => character.charCodeAt(0));

describe('a one-time password', () => {
  // RFC 6238, appendix B, the last six of eight digits.
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('at second %d is %s', async (sec, code) => {
    expect(await totpCode(SECRET, Math.floor(sec / 30))).toBe(code);
    expect(await totpStepOf(SECRET, code, sec * 1000)).toBe(Math.floor(sec / 30));
  });

  it('is good half a minute before and after its own, and no longer', async () => {
    const step = 66_666_666;
    const code = await totpCode(SECRET, step);
    for (const [offset, found] of [
      [-2, null],
      [-1, step],
      [0, step],
      [1, step],
      [2, null],
    ] as const)
      expect(await totpStepOf(SECRET, code, (step + offset) * 30_000)).toBe(found);
    for (const text of ['', '12345', '1234567', '12345a', `${code} `]) expect(await totpStepOf(SECRET, text, step * 30_000)).toBeNull();
  });

  it('is made by an app that has read its picture', () => {
    expect(totpUri('GEZDGNBV', 'My App', 'ada@example.com')).toBe(
      'otpauth://totp/My%20App:ada%40example.com?secret=GEZDGNBV&issuer=My%20App&algorithm=SHA1&digits=6&period=30',
    );
  });
});

describe('base 32', () => {
  // RFC 4648, section 10, without padding.
  it.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('of %j is %j', (text, encoded) => {
    expect(base32(new TextEncoder().encode(text))).toBe(encoded);
  });
});
