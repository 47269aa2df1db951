import Argon2 from '@phi-ag/argon2';
import { describe, expect, it, vi } from 'vitest';
import { compare, hash as bcryptHash } from 'bcryptjs';
import { hashPassword, isOutdated, NOBODYS_HASH, verifyPassword as verify } from '../../src/accounts/password-hash.ts';
import { sha256Hex } from '../../src/lib/sha256.ts';

const verifyPassword = (hash: string, password: string) => verify(hash, password, compare);

describe('the hash of a password', () => {
  it('is a PHC string of argon2id with 19 MiB, 2 passes and 1 lane, and a salt of its own', async () => {
    const [one, other] = [await hashPassword('a password'), await hashPassword('a password')];
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(other);
    expect(isOutdated(one)).toBe(false);
  });

  it('is what OpenSSL makes of the UTF-8 of a password', async () => {
    // node:crypto's argon2Sync('argon2id', { message: 'Grüße, 世界', nonce: 'saltsaltsaltsalt', memory: 19456, passes: 2, parallelism: 1 })
    const hash = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$V6ZQYYQ1YizdewCu/qZi3OAKYvMBS6CXVIcI+I8uAVc';
    expect(await verifyPassword(hash, 'Grüße, 世界')).toBe(true);
    expect(await verifyPassword(hash, 'Grüße, 世')).toBe(false);
  });

  it.each(['ä'.repeat(40), '🔑🔑🔑🔑', 'x'.repeat(1_024), 'a\0b'])('leaves no end out (%.20j)', async (password) => {
    const hash = await hashPassword(password);
    expect(await verifyPassword(hash, password)).toBe(true);
    expect(await verifyPassword(hash, password.slice(0, -1))).toBe(false);
    expect(await verifyPassword(hash, `${password}x`)).toBe(false);
  });

  it('of an older system is verified, and to be replaced', async () => {
    const sha256 = sha256Hex('a password');
    expect([await verifyPassword(sha256, 'a password'), await verifyPassword(sha256, 'another')]).toEqual([true, false]);
    const bcrypt = await bcryptHash('a password', 4);
    expect([await verifyPassword(bcrypt, 'a password'), await verifyPassword(bcrypt, 'another')]).toEqual([true, false]);
    expect([isOutdated(sha256), isOutdated(bcrypt)]).toEqual([true, true]);
    expect(isOutdated('$argon2id$v=19$m=12288,t=3,p=1$c2FsdHNhbHQ$YWJj')).toBe(true);
  });

  it('that was SHA-256 takes the work of any other, so that time does not tell which accounts were imported', async () => {
    const work = vi.spyOn(Argon2.prototype, 'tryVerify');
    await verifyPassword(sha256Hex('a password'), 'another');
    expect(work).toHaveBeenCalledTimes(1);
    work.mockRestore();
  });

  it('of nobody is verified like any other, and nobody has its password', async () => {
    expect(await verifyPassword(NOBODYS_HASH, 'a password')).toBe(false);
    expect(isOutdated(NOBODYS_HASH)).toBe(false);
  });

  it.each(['', 'plain', '$argon2id$', '$argon2id$v=19$m=99999999,t=2,p=1$c2FsdA$YWJj'])(
    'that is none (%j) lets nobody in',
    async (hash) => {
      expect(await verifyPassword(hash, '')).toBe(false);
      expect(await verifyPassword(hash, hash)).toBe(false);
    },
  );
});
