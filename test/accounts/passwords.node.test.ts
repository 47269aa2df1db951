import { describe, expect, it } from 'vitest';
import { isCommonPassword } from '../../src/accounts/common-passwords.ts';
import { refuseWeakPassword } from '../../src/accounts/passwords.ts';
import { commonPasswords } from '../../dev/words/common-passwords.ts';

describe('a password', () => {
  it.each([
    ['7 bytes', 'short-7'],
    ['one of the most usual', 'Password123'],
    ['the address', 'Ada@Example.com'],
  ])('of %s is refused', (_, password) => {
    expect(() => refuseWeakPassword(password, ['ada@example.com'])).toThrow(expect.objectContaining({ code: 'weak_password' }));
  });

  it('of 8 to 1,024 bytes is taken, whatever it is made of', () => {
    for (const password of ['8 bytes!', 'ßßßß', 'x'.repeat(1_024)]) refuseWeakPassword(password, []);
    expect(() => refuseWeakPassword('x'.repeat(1_025), [])).toThrow(expect.objectContaining({ code: 'invalid_input' }));
  });
});

describe('the most usual passwords', () => {
  it('are all known, 3,000 of them', () => {
    const all = commonPasswords();
    expect(all).toHaveLength(3_000);
    expect(all.filter((password) => !isCommonPassword(password))).toEqual([]);
  });

  it('are hardly ever seen in others', () => {
    const others = Array.from({ length: 10_000 }, (_, index) => `no such password ${index}`);
    expect(others.filter(isCommonPassword).length).toBeLessThan(60);
  });
});
