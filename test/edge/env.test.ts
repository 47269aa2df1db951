import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { binding, checkEnv, getEnv, lazyBinding, secret, variable, withEnv } from '../../src/edge/checked-env.ts';
import { readEnvironment } from '../../src/edge/env.ts';
import type { BindingKind } from '../../src/edge/how-to-set.ts';

const base64 = (bytes: number) => btoa('k'.repeat(bytes));
const COMPLETE = {
  ENVIRONMENT: 'production',
  TABLE_NAME: 'steamer',
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'hush',
  SIGNING_KEYS: `new:${base64(32)},old:${base64(64)}`,
};

describe('the environment', () => {
  it('is read from the Worker it runs in', () => {
    expect(readEnvironment(env).table.name).toBe(env.TABLE_NAME);
  });

  it('has defaults for what is optional', () => {
    expect(readEnvironment(COMPLETE)).toEqual({
      environment: 'production',
      table: { name: 'steamer', region: 'eu-west-1', endpoint: null, credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'hush' } },
      signingKeys: [
        { id: 'new', secret: new Uint8Array(32).fill(107) },
        { id: 'old', secret: new Uint8Array(64).fill(107) },
      ],
      allowedOrigins: new Set(),
      publicUrl: null,
      productName: 'Steamer',
      mail: { provider: 'outbox', from: '', apiKey: null },
      accessTokenKeys: [],
      trustedIssuers: [],
      tracing: null,
    });
  });

  it('takes an endpoint, a session token and origins', () => {
    const environment = readEnvironment({
      ...COMPLETE,
      DYNAMODB_ENDPOINT: 'http://127.0.0.1:8000',
      AWS_SESSION_TOKEN: 'session',
      ALLOWED_ORIGINS: 'https://app.example.com, http://localhost:5173',
    });
    expect(environment.table).toMatchObject({ endpoint: 'http://127.0.0.1:8000', credentials: { sessionToken: 'session' } });
    expect([...environment.allowedOrigins]).toEqual(['https://app.example.com', 'http://localhost:5173']);
  });

  it('goes without keys of AWS where they are kept elsewhere', () => {
    const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, ...rest } = COMPLETE;
    const stored = { AWS_CREDENTIALS: { get: async () => '{}' } };
    for (const place of [stored, { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'https://keys.example.com/role' }])
      expect(readEnvironment({ ...rest, ...place }).table.credentials).toBeNull();
    expect(() => readEnvironment({ ...rest, AWS_CONTAINER_CREDENTIALS_FULL_URI: '' })).toThrow('AWS_ACCESS_KEY_ID is missing');
    expect(() => readEnvironment({ ...rest, AWS_CONTAINER_CREDENTIALS_FULL_URI: 'role' })).toThrow('must be a URL');
  });

  it('treats an empty endpoint, session token and list of origins as absent', () => {
    expect(readEnvironment({ ...COMPLETE, DYNAMODB_ENDPOINT: '', AWS_SESSION_TOKEN: '', ALLOWED_ORIGINS: '' })).toEqual(
      readEnvironment(COMPLETE),
    );
  });

  it.each(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'SIGNING_KEYS'])('names the missing secret %s and how to set it', (name) => {
    for (const value of [undefined, '']) {
      expect(failureOf({ ...COMPLETE, [name]: value })).toBe(
        `The Worker is not configured: ${name} is missing (npx wrangler secret put ${name}; locally in .dev.vars)`,
      );
    }
  });

  it('names everything that is missing at once', () => {
    const message = failureOf({});
    for (const name of Object.keys(COMPLETE)) expect(message).toContain(`${name} `);
  });

  it.each([
    ['ENVIRONMENT', 'prod', 'must be development, staging or production'],
    ['TABLE_NAME', 'no spaces', 'must be a DynamoDB table name'],
    ['TABLE_NAME', 'ab', 'must be a DynamoDB table name'],
    ['AWS_REGION', 'eu.west', 'must be a region'],
    ['OBJECT_PLACEMENT', '[{"jurisdiction":"de"}]', 'must be a list of rules'],
    ['DYNAMODB_ENDPOINT', 'localhost:8000', 'must be empty (AWS) or a URL'],
    ['DYNAMODB_ENDPOINT', 'http://', 'must be empty (AWS) or a URL'],
    ['SIGNING_KEYS', base64(32), 'must be id:base64'],
    ['SIGNING_KEYS', `a:${base64(31)}`, 'must be id:base64'],
    ['SIGNING_KEYS', `a:${base64(32)},a:${base64(33)}`, 'must be id:base64'],
    ['SIGNING_KEYS', `a:${base64(32)},b:${base64(32)},c:${base64(32)}`, 'must be id:base64'],
    ['SIGNING_KEYS', `a:${base64(32).replace('a', '-')}`, 'must be id:base64'],
    ['SIGNING_KEYS', `a:${base64(33)}A`, 'must be id:base64'],
    ['SIGNING_KEYS', `:${base64(32)}`, 'must be id:base64'],
    ['PUBLIC_URL', 'https://app.example.com/', 'must be empty'],
    ['PUBLIC_URL', 'javascript:alert(1)', 'must be empty'],
    ['MAIL_PROVIDER', 'pigeon', 'must be outbox'],
    ['MAIL_FROM', 'a@example.com\r\nBcc: b@example.com', 'must be an address on one line'],
    ['ACCESS_TOKEN_KEYS', `a:${base64(32)}`, 'must be id:base64 of an Ed25519 key'],
    ['ACCESS_TOKEN_KEYS', `a:${base64(44)}`, 'must be id:base64 of an Ed25519 key'],
    ['ACCESS_TOKEN_KEYS', `a:${base64(48)},a:${base64(44)}`, 'must be id:base64 of an Ed25519 key'],
    ['TRUSTED_ISSUERS', '[{}]', '/0/'],
    ['ALLOWED_ORIGINS', '*', 'must be origins'],
    ['ALLOWED_ORIGINS', 'https://app.example.com/', 'must be origins'],
    ['ALLOWED_ORIGINS', 'app.example.com', 'must be origins'],
    ['ALLOWED_ORIGINS', 'null', 'must be origins'],
  ])('refuses %s of %j', (name, value, reason) => {
    expect(failureOf({ ...COMPLETE, [name]: value })).toContain(`${name} ${reason}`);
  });

  it('never repeats a secret in its complaint', () => {
    const short = `a:${base64(31)}`;
    expect(failureOf({ ...COMPLETE, SIGNING_KEYS: short })).not.toContain(base64(31));
  });
});

function failureOf(variables: object): string {
  try {
    readEnvironment(variables);
  } catch (error) {
    expect(error).toMatchObject({ code: 'misconfigured' });
    return error instanceof Error ? error.message : '';
  }
  throw new Error('expected a failure');
}

describe('the checked environment', () => {
  const NEEDED = {
    DB: binding<D1Database>('d1'),
    TABLE_NAME: variable(/^[a-z]+$/, 'a name in small letters'),
    NO_SECRET: secret(),
    KV_ONE: binding('kv'),
  };

  it('is the environment of the platform, each part checked when it is used', async () => {
    const checked = getEnv(NEEDED);
    expect(await checked.DB.prepare('SELECT 1 AS one').first()).toEqual({ one: 1 });
    expect(checked.TABLE_NAME).toBe(env.TABLE_NAME);
    expect(() => checked.NO_SECRET).toThrow('NO_SECRET is missing (npx wrangler secret put NO_SECRET; locally in .dev.vars)');
    expect(() => checked.KV_ONE).toThrow(
      '[[kv_namespaces]] with binding = "KV_ONE" in wrangler.toml, after npx wrangler kv namespace create',
    );
  });

  it('says what is malformed, and no value', () => {
    withEnv({ TABLE_NAME: 'Not This', DB: 'text' }, () => {
      const checked = getEnv(NEEDED);
      expect(() => checked.TABLE_NAME).toThrow(expect.objectContaining({ code: 'misconfigured' }));
      expect(() => checked.TABLE_NAME).toThrow(
        /^The Worker is not configured: TABLE_NAME is not a name in small letters \(vars in wrangler.toml/,
      );
      expect(() => checked.TABLE_NAME).not.toThrow(/Not This/);
      expect(() => checked.DB).toThrow('DB is not a binding of d1_databases');
    });
  });

  it('takes no binding for one of another kind', () => {
    const kinds = { d1: env.DB, kv: env.KV, r2: env.STORAGE, queue: env.MAIL_QUEUE, object: env.TENANT_STORE, analytics: env.METRICS };
    for (const [kind, needed] of Object.entries(kinds))
      for (const [other, value] of Object.entries(kinds)) {
        const check = () => checkEnv({ ONE: value }, { ONE: binding(kind as BindingKind) });
        if (value === needed) expect(check, kind).not.toThrow();
        else expect(check, `${other} for ${kind}`).toThrow(`ONE is not a binding of`);
      }
  });

  it('says all that is missing at once where all is asked for', () => {
    expect(() => checkEnv({ DB: env.DB }, { DB: binding('d1'), QUEUE: binding('queue'), OBJECT: binding('object') })).toThrow(
      /QUEUE is missing .*; OBJECT is missing/,
    );
  });

  it('is another one for the work of one request, and for nobody else meanwhile', async () => {
    const checked = getEnv({ WHO: variable() });
    const { promise: both, resolve } = Promise.withResolvers<void>();
    let begun = 0;
    const as = (WHO: string) =>
      withEnv({ WHO }, async () => {
        if (++begun === 2) resolve();
        await both;
        return checked.WHO;
      });
    expect(await Promise.all([as('one'), as('other')])).toEqual(['one', 'other']);
    expect(() => checked.WHO).toThrow('WHO is missing');
  });

  it('may be asked for where modules are evaluated, before there is any', async () => {
    const database = lazyBinding(() => getEnv({ LATER: binding<D1Database>('d1') }).LATER);
    expect(() => database.prepare('SELECT 1')).toThrow('LATER is missing');
    expect(await withEnv({ LATER: env.DB }, () => database.prepare('SELECT 2 AS two').first())).toEqual({ two: 2 });
  });
});
