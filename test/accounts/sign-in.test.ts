import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type AccountServices, deleteAccount, resetPassword, signIn } from '../../src/accounts/index.ts';
import { sha256Hex } from '../../src/lib/sha256.ts';
import { createCode } from '../../src/accounts/codes.ts';
import { hashPassword } from '../../src/accounts/password-hash.ts';
import { newId } from '../../src/accounts/secrets.ts';
import { findUser } from '../../src/accounts/users.ts';
import { userOwnerStub } from '../../src/objects/index.ts';
import { testAccounts } from '../setup/account-services.ts';
import { newAddress, PASSWORD } from '../setup/accounts-client.ts';

const NEW_PASSWORD = 'another horse battery staple';
const NOW_MS = Date.now();
const KEY = { id: 'k1', secret: new Uint8Array(32) };
let hash: string;
beforeAll(async () => {
  hash = await hashPassword(PASSWORD);
});

async function newUser(passwordHash = hash): Promise<{ id: string; email: string }> {
  const [id, email] = [newId(), await newAddress()];
  await env.DB.prepare(
    'INSERT INTO users (id, email, email_key, full_name, password_hash, email_verified_at_ms, created_at_ms) VALUES (?1, ?2, ?2, ?3, ?4, 1, 1)',
  )
    .bind(id, email, 'Ada', passwordHash)
    .run();
  return { id, email };
}

/** As whoever reads the mail sets a new password. */
async function reset({ id, email }: { id: string; email: string }, accounts = testAccounts()): Promise<void> {
  const whose = { id: newId(), kind: 'reset-password' as const, userId: id, emailKey: email, purpose: '{}', tenantId: null };
  const code = await createCode(env.DB, KEY, { ...whose, createdAtMs: NOW_MS, expiresAtMs: NOW_MS + 60_000 });
  await resetPassword(accounts, { code, password: NEW_PASSWORD, address: null }, NOW_MS);
}

/** Accounts in which something happens while a session begins: after the password was found right. */
function whileASessionBegins(happens: () => Promise<void>): AccountServices {
  return testAccounts({
    owner(user) {
      const owner = userOwnerStub(env.SESSION_OWNER, user);
      const issue: typeof owner.issue = async (session) => {
        await happens();
        return owner.issue(session);
      };
      return Object.assign(Object.create(owner) as typeof owner, { issue });
    },
  });
}

async function signInTo(accounts: AccountServices, email: string, later: (work: Promise<unknown>) => void = () => {}) {
  const from = { kind: 'cookie' as const, device: '', place: '', callerAddress: null };
  return signIn(accounts, { email, password: PASSWORD, code: null, passkey: null, ...from }, NOW_MS, later);
}

const sessionsOf = async (id: string) => userOwnerStub(env.SESSION_OWNER, id).list(NOW_MS);

describe('a new password', () => {
  it('is not set while the owner of the sessions does not answer, which would go on by the old one', async () => {
    const user = await newUser();
    await signInTo(testAccounts(), user.email);
    const owner = (id: string) => {
      const stub = userOwnerStub(env.SESSION_OWNER, id);
      return Object.assign(Object.create(stub) as typeof stub, { revokeAll: async () => Promise.reject(new Error('lost')) });
    };
    await expect(reset(user, testAccounts({ owner }))).rejects.toThrow('lost');
    expect((await findUser(env.DB, user.id))?.passwordHash).toBe(hash);
    await reset(user);
    expect(await sessionsOf(user.id)).toEqual([]);
  });
});

describe('a sign-in', () => {
  it('by a password that is replaced meanwhile leaves no session', async () => {
    const user = await newUser();
    const accounts = whileASessionBegins(async () => reset(user));
    await expect(signInTo(accounts, user.email)).rejects.toMatchObject({ code: 'invalid_credentials' });
    expect(await sessionsOf(user.id)).toEqual([]);
  });

  it('to an account that is deleted meanwhile leaves no session', async () => {
    const user = await newUser();
    const accounts = whileASessionBegins(async () => deleteAccount(testAccounts(), user.id));
    await expect(signInTo(accounts, user.email)).rejects.toMatchObject({ code: 'invalid_credentials' });
    expect(await sessionsOf(user.id)).toEqual([]);
  });

  it('asks the database once', async () => {
    const { email } = await newUser();
    const prepare = vi.spyOn(env.DB, 'prepare');
    await signInTo(testAccounts(), email);
    expect(prepare).toHaveBeenCalledTimes(1);
    prepare.mockRestore();
  });

  it('by an old form of hash replaces it, and two at once both succeed', async () => {
    const user = await newUser(sha256Hex(PASSWORD));
    const work: Promise<unknown>[] = [];
    const accounts = whileASessionBegins(async () => void (await Promise.all(work)));
    const both = await Promise.all([1, 2].map(async () => signInTo(accounts, user.email, (later) => work.push(later))));
    await Promise.all(work);
    expect(both).toHaveLength(2);
    expect((await findUser(env.DB, user.id))?.passwordHash).toMatch(/^\$argon2id\$/);
    expect(await sessionsOf(user.id)).toHaveLength(2);
  });

  it('by an old form of hash does not put the old password back when it was replaced meanwhile', async () => {
    const user = await newUser(sha256Hex(PASSWORD));
    const work: Promise<unknown>[] = [];
    const accounts = testAccounts({ db: databaseWhoseUpdatesComeAfter(async () => reset(user)) });
    await signInTo(accounts, user.email, (later) => work.push(later));
    await Promise.all(work);
    await expect(signInTo(testAccounts(), user.email)).rejects.toMatchObject({ code: 'invalid_credentials' });
  });
});

/** The database, where something happens before a user is changed. */
function databaseWhoseUpdatesComeAfter(happens: () => Promise<void>): D1Database {
  const prepare = (query: string) => {
    const statement = env.DB.prepare(query);
    if (!query.startsWith('update "users"')) return statement;
    const bind = (...values: unknown[]) => {
      const run = async () => {
        await happens();
        return statement.bind(...values).run();
      };
      return { run };
    };
    return { bind };
  };
  return { prepare } as unknown as D1Database; // of which a sign-in takes no more
}
