import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { API_KEY_RANDOM_BYTES, API_KEY_SCAN_PATTERN, mintApiKey, parseApiKey } from '../../src/accounts/api-key.ts';
import { base62 } from '../../src/accounts/base62.ts';
import { crc32 } from '../../src/accounts/crc32.ts';
import { sha256Hex } from '../../src/lib/sha256.ts';
import { isSameText } from '../../src/lib/same-text.ts';
import '../setup/provided-context.ts';

const numRuns = 200 * inject('testScale');
const randomBytes = fc.uint8Array({ minLength: API_KEY_RANDOM_BYTES, maxLength: API_KEY_RANDOM_BYTES });
const zeros = new Uint8Array(API_KEY_RANDOM_BYTES);

describe('an API key', () => {
  it('is stm_live, an id of 8, a secret of 43 and a checksum of 6 base 62 digits', () => {
    expect(mintApiKey(zeros)).toEqual({
      token: `stm_live_00000000_${'0'.repeat(43)}_2asJ60`,
      kid: '00000000',
      prefix: 'stm_live',
      last4: 'sJ60',
    });
    expect(mintApiKey(zeros.map(() => 255)).token).toMatch(/^stm_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
  });

  it('keeps all 256 bits of its secret apart', () => {
    fc.assert(
      fc.property(randomBytes, fc.integer({ min: 8, max: API_KEY_RANDOM_BYTES - 1 }), fc.integer({ min: 0, max: 7 }), (random, at, bit) => {
        const flipped = random.with(at, (random[at] ?? 0) ^ (1 << bit));
        expect(mintApiKey(flipped).token).not.toBe(mintApiKey(random).token);
      }),
      { numRuns },
    );
  });

  it('is read back by its id, and found by the pattern for secret scanners', () => {
    fc.assert(
      fc.property(randomBytes, (random) => {
        const { token, kid } = mintApiKey(random);
        expect(parseApiKey(token)).toEqual({ kid });
        expect(API_KEY_SCAN_PATTERN.exec(`const key = "${token}";`)?.[0]).toBe(token);
      }),
      { numRuns },
    );
  });

  it('with one character changed is refused', () => {
    fc.assert(
      fc.property(
        randomBytes,
        fc.nat({ max: 67 }),
        fc.constantFrom('0', '9', 'A', 'Z', 'a', 'z', '_', '-', '.', 'é'),
        (random, at, character) => {
          const { token } = mintApiKey(random);
          const typo = token.slice(0, at) + character + token.slice(at + 1);
          if (typo !== token) expect(parseApiKey(typo)).toBeNull();
        },
      ),
      { numRuns },
    );
  });

  it.each([
    '',
    'stm_live_',
    'Bearer',
    'x'.repeat(68),
    'x'.repeat(1_000_000),
    `${mintApiKey(zeros).token} `,
    mintApiKey(zeros).token.toUpperCase(),
  ])('is not %.40j', (text) => {
    expect(parseApiKey(text)).toBeNull();
  });

  it('is minted of exactly 40 random bytes', () => {
    expect(() => mintApiKey(new Uint8Array(39))).toThrow(TypeError);
    expect(() => mintApiKey(new Uint8Array(41))).toThrow(TypeError);
  });
});

describe('the hash of an API key', () => {
  it('is SHA-256 in hex', async () => {
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('equals itself and nothing else', () => {
    expect(isSameText('abcd', 'abcd')).toBe(true);
    for (const other of ['abce', 'bbcd', 'abc', 'abcde', '']) expect(isSameText('abcd', other)).toBe(false);
  });
});

describe('base 62', () => {
  it('pads with zeros, and refuses what does not fit', () => {
    expect(base62(0n, 3)).toBe('000');
    expect(base62(61n, 2)).toBe('0z');
    expect(base62(62n ** 6n - 1n, 6)).toBe('zzzzzz');
    expect(() => base62(62n ** 6n, 6)).toThrow(RangeError);
    expect(() => base62(-1n, 6)).toThrow(RangeError);
  });
});

describe('CRC-32', () => {
  it('gives the check value of its definition', () => {
    expect(crc32('123456789')).toBe(0xcbf43926);
    expect(crc32('')).toBe(0);
  });
});
