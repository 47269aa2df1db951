import { execFile } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { API_KEY_SCAN_PATTERN, parseApiKey } from '../../src/accounts/api-key.ts';
import { sha256Hex } from '../../src/lib/sha256.ts';
import { accountsDatabase, sqlText } from '../../src/cli/accounts-database.ts';
import { formatTable } from '../../src/cli/format-table.ts';
import { runWrangler } from '../../src/cli/wrangler.ts';

const folder = mkdtempSync(join(tmpdir(), 'steamer-cli-'));
const persistTo = join(folder, 'wrangler');
const database = accountsDatabase({ isRemote: false, environment: null, persistTo }, (args) => runWrangler(args, folder));
const TIMEOUT_MS = 120_000;

beforeAll(async () => {
  const outcome = await runWrangler(['d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', persistTo], folder);
  expect(outcome.exitCode, outcome.stderr).toBe(0);
}, TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('steamer', { timeout: TIMEOUT_MS }, () => {
  it('makes a tenant and a key, stores only the hash, lists both, and revokes the key', async () => {
    const name = `O'Neil; DROP TABLE tenants; -- "x"`;
    expect((await steamer('tenants', 'create', 'acme', '--name', name)).stdout).toContain('Tenant acme is made');

    const created = await steamer('keys', 'create', '--tenant', 'acme', '--scopes', 'models:read', '--name', name, '--expires-in', '90d');
    const token = created.stdout.trim();
    const { kid } = parseApiKey(token) ?? {};
    expect(kid, created.stderr).toBeDefined();
    expect(created.stderr).toContain(`Key ${kid} of tenant acme (models:read)`);
    expect(created.stderr).not.toMatch(API_KEY_SCAN_PATTERN);

    const [rows = []] = await database.run('SELECT * FROM api_keys');
    expect(rows).toMatchObject([
      { kid, tenant_id: 'acme', name, secret_hash: sha256Hex(token), scopes: '["models:read"]', last4: token.slice(-4) },
    ]);
    expect(JSON.stringify(rows)).not.toContain(token.split('_')[3]);
    const { created_at_ms: createdAtMs, expires_at_ms: expiresAtMs } = rows[0] ?? {};
    expect(Math.abs(Date.now() - Number(createdAtMs))).toBeLessThan(TIMEOUT_MS);
    expect(Number(expiresAtMs) - Number(createdAtMs)).toBe(90 * 86_400_000);

    expect((await steamer('keys', 'revoke', kid ?? '')).stdout).toContain(
      `Key ${kid} (${name}) is revoked; it is refused within 5 seconds`,
    );
    expect((await steamer('keys', 'list', '--tenant', 'acme')).stdout).toMatch(new RegExp(`${kid} .*models:read .* revoked `));
    const [events = []] = await database.run('SELECT * FROM audit_events ORDER BY id');
    expect(events.map(({ action, target, detail }) => [action, target, detail])).toEqual([
      ['tenant.created', '', JSON.stringify({ name })],
      ['key.created', kid, JSON.stringify({ name, scopes: ['models:read'], role: null, subject: null })],
      ['key.revoked', kid, '{}'],
    ]);
    expect(events[0]).toMatchObject({ tenant_id: 'acme', actor_kind: 'operator', actor_id: 'command', via: 'command', address: null });
    const tenants: unknown = JSON.parse((await steamer('tenants', 'list', '--json')).stdout);
    expect(tenants).toMatchObject([{ id: 'acme', name, plan: 'standard', live_keys: 0 }]);
  });

  it("sets a tenant's origins, and refuses what is none", async () => {
    await steamer('tenants', 'create', 'webby');
    expect((await steamer('tenants', 'origins', 'webby', 'https://app.example.com,https://example.com')).exitCode).toBe(0);
    const [rows] = await database.run("SELECT allowed_origins FROM tenants WHERE id = 'webby'");
    expect(rows).toEqual([{ allowed_origins: 'https://app.example.com,https://example.com' }]);
    const refused = await steamer('tenants', 'origins', 'webby', 'example.com');
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('"example.com"') as string });
  });

  it('derives the key of stream senders from SIGNING_KEYS, the same every time and not that secret', async () => {
    const signing = `k1:${btoa('x'.repeat(32))}`;
    vi.stubEnv('SIGNING_KEYS', `${signing},k0:${btoa('y'.repeat(32))}`);
    const [one, two] = [await steamer('sender-key', 'create'), await steamer('sender-key', 'create', '--json')];
    vi.stubEnv('SIGNING_KEYS', '');
    expect(one.stdout).toMatch(/^k1:[A-Za-z0-9+/]{43}=\n$/);
    expect(one.stdout.trim()).not.toBe(signing);
    expect(JSON.parse(two.stdout)).toEqual({ key: one.stdout.trim() });
    expect(await steamer('sender-key', 'create')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('SIGNING_KEYS') as string });
  });

  it('rotates the keys of access tokens: a new one, and the public half of the one that the service signs with', async () => {
    const first = (await steamer('access-token-keys', 'rotate')).stdout.trim();
    expect(first).toMatch(/^[a-z0-9]{8}:[A-Za-z0-9+/]{64}$/);
    const [kid = '', base64 = ''] = first.split(':');
    const old = createPrivateKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'pkcs8' });
    const published = { ...createPublicKey(old).export({ format: 'jwk' }), kid };
    let answer: unknown = { keys: [published] };
    const server = createServer((_request, response) => response.end(JSON.stringify(answer))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const [made = '', kept = ''] = (await steamer('access-token-keys', 'rotate', '--url', url)).stdout.trim().split(',');
    const spki = createPublicKey(old).export({ format: 'der', type: 'spki' }).toString('base64');
    expect([kept, made.length, made === first]).toEqual([`${kid}:${spki}`, first.length, false]);
    answer = { keys: [] };
    expect((await steamer('access-token-keys', 'rotate', '--url', url)).stderr).toContain('has no key');
    server.close();
    expect((await steamer('access-token-keys', 'rotate', '--url', url)).stderr).toContain('cannot be read');
  });

  it('sends a message to a queue of Cloudflare by its API, and says what that refuses', async () => {
    const requests: unknown[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => void chunks.push(chunk));
      request.on('end', () => {
        const isSent = request.url?.endsWith('/queues/q1/messages') === true;
        requests.push([
          request.method,
          request.url,
          request.headers.authorization,
          isSent ? JSON.parse(Buffer.concat(chunks).toString()) : null,
        ]);
        const isKnown = request.headers.authorization === 'Bearer token';
        const result = isSent ? {} : [{ queue_id: 'q1', queue_name: 'workflow-queue-production' }];
        response.end(
          JSON.stringify(isKnown ? { success: true, result } : { success: false, errors: [{ message: 'Authentication error' }] }),
        );
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    vi.stubEnv('CLOUDFLARE_API_BASE_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    vi.stubEnv('CLOUDFLARE_ACCOUNT_ID', 'account');
    vi.stubEnv('CLOUDFLARE_API_TOKEN', 'token');
    const send = (queue: string, text = '{"test":"message"}') => steamer('queue', 'send', queue, text, '--remote', '--env', 'production');
    expect(await send('workflow-queue')).toMatchObject({ exitCode: 0, stdout: 'Sent to workflow-queue-production.\n' });
    expect(requests).toEqual([
      ['GET', '/accounts/account/queues', 'Bearer token', null],
      ['POST', '/accounts/account/queues/q1/messages', 'Bearer token', { body: { test: 'message' }, content_type: 'json' }],
    ]);
    expect((await send('orders')).stderr).toBe('Expected a queue of the account (workflow-queue-production), got orders-production\n');
    vi.stubEnv('CLOUDFLARE_API_TOKEN', 'other');
    expect((await send('workflow-queue')).stderr).toBe('Cloudflare answers 200: Authentication error\n');
    vi.stubEnv('CLOUDFLARE_API_TOKEN', '');
    expect((await send('workflow-queue')).stderr).toBe("--remote: expected CLOUDFLARE_API_TOKEN, for Cloudflare's API\n");
    server.close();
  });

  it('makes a key that acts for a user in a role, and refuses what can be neither', async () => {
    await steamer('tenants', 'create', 'roles');
    const created = await steamer('keys', 'create', '--tenant', 'roles', '--role', 'admin', '--subject', 'user-1');
    expect(created.stderr).toContain('models:write, role admin, as user-1');
    const [rows] = await database.run("SELECT role, subject FROM api_keys WHERE tenant_id = 'roles'");
    expect(rows).toEqual([{ role: 'admin', subject: 'user-1' }]);
    for (const [option, value, said] of [
      ['--role', 'Admin', '--role: expected 1 to 63 lower-case letters'],
      ['--subject', 'user 1', '--subject: expected 1 to 128 visible ASCII'],
    ] as const)
      expect((await steamer('keys', 'create', '--tenant', 'roles', option, value)).stderr).toContain(said);
    expect((await steamer('keys', 'create', '--operator', '--role', 'admin')).stderr).toContain("An operator's key has no role");
  });

  it('suspends a tenant, lets it go on and revokes a key, tells the service that runs of it, and says when that could not be told', async () => {
    await steamer('tenants', 'create', 'late');
    const { kid } = JSON.parse((await steamer('keys', 'create', '--tenant', 'late', '--json')).stdout) as { kid: string };
    const requests: unknown[] = [];
    const server = createServer((request, response) => {
      requests.push([request.method, request.url, request.headers.authorization]);
      response.end('{}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    vi.stubEnv('STEAMER_OPERATOR_KEY', 'key');
    expect((await steamer('tenants', 'suspend', 'late', '--url', url)).stdout).toMatch(/^Tenant late is suspended; .* closed its sockets/);
    const [[suspended] = []] = await database.run("SELECT suspended_at_ms FROM tenants WHERE id = 'late'");
    expect(suspended?.['suspended_at_ms']).toBeTypeOf('number');
    await steamer('tenants', 'resume', 'late', '--url', url);
    expect((await database.run("SELECT suspended_at_ms FROM tenants WHERE id = 'late'"))[0]).toEqual([{ suspended_at_ms: null }]);
    expect((await steamer('keys', 'revoke', kid, '--url', url)).stdout).toContain('closed its sockets');
    expect(requests).toEqual([
      ['POST', '/v1/operator/tenants/late/suspend', 'Bearer key'],
      ['POST', '/v1/operator/tenants/late/resume', 'Bearer key'],
      ['POST', `/v1/operator/keys/${kid}/revoke`, 'Bearer key'],
    ]);
    server.close();
    expect((await steamer('tenants', 'suspend', 'late', '--url', url)).stdout).toMatch(/within 15 minutes.*\n.*does not answer\n$/);
    expect(await steamer('tenants', 'suspend', 'nobody')).toMatchObject({ exitCode: 1 });
    vi.stubEnv('STEAMER_OPERATOR_KEY', '');
  });

  it("makes an operator's key that belongs to no tenant", async () => {
    const { stdout } = await steamer('keys', 'create', '--operator', '--json');
    const { kid, token }: { kid: string; token: string } = JSON.parse(stdout);
    expect(parseApiKey(token)).toEqual({ kid });
    const [rows] = await database.run(`SELECT tenant_id, scopes, expires_at_ms FROM api_keys WHERE kid = ${sqlText(kid)}`);
    expect(rows).toEqual([{ tenant_id: null, scopes: '["operator"]', expires_at_ms: null }]);
  });

  it.each([
    ['There is no tenant nobody; make it with: steamer tenants create nobody', ['keys', 'create', '--tenant', 'nobody']],
    ['There is no key 00000000; list them with: steamer keys list', ['keys', 'revoke', '00000000']],
  ])('says "%s"', async (message, args) => {
    expect(await steamer(...args)).toEqual({ exitCode: 1, stdout: '', stderr: `${message}\n` });
  });

  it('says that npm start makes the tables when there are none', async () => {
    const { exitCode, stderr } = await steamer('keys', 'list', '--persist-to', join(folder, 'other'));
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: 'The local accounts database has no tables yet: run npm start once, it makes them.\n',
    });
  });

  it.each([
    [/^Unknown command "keys fly"; expected init, doctor, models diff, tenants create, /, ['keys', 'fly']],
    [/^Unknown option '--tennant'/, ['keys', 'list', '--tennant', 'acme']],
    [/^Expected either --tenant <id> or --operator/, ['keys', 'create']],
    [/^Expected either --tenant <id> or --operator/, ['keys', 'create', '--operator', '--tenant', 'acme']],
    [/^Expected --local or --remote, got both/, ['keys', 'list', '--local', '--remote']],
    [/^Not the scopes of a key: .* got "models:fly"/, ['keys', 'create', '--tenant', 'acme', '--scopes', 'models:fly']],
    [
      /^--expires-in: expected hours or days such as 12h or 90d, got "soon"/,
      ['keys', 'create', '--tenant', 'acme', '--expires-in', 'soon'],
    ],
    [/^--name: expected 1 to 100 characters/, ['keys', 'create', '--tenant', 'acme', '--name', 'x'.repeat(101)]],
    [/^Not a tenant id: .* got "a#b"/, ['tenants', 'create', 'a#b']],
    [/^Expected a queue and a message: steamer queue send/, ['queue', 'send', 'workflow-queue']],
    [/^Expected the message as JSON, such as '{"test":"message"}', got "{test}"/, ['queue', 'send', 'workflow-queue', '{test}']],
    [/^Not a tenant id: "admin" is reserved/, ['tenants', 'create', 'admin']],
  ])('refuses with %s and asks no database', async (message, args) => {
    const { exitCode, stdout, stderr } = await steamer(...args);
    expect(stderr).toMatch(message);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  });

  it('prints its usage', async () => {
    expect((await steamer('--help')).stdout).toContain('steamer keys create --tenant <id>');
  });
});

describe('a table of rows', () => {
  it('aligns columns, shows times in UTC, lists by commas and nothing as "-"', () => {
    const rows = [{ kid: 'a', scopes: '["x","y"]', created_at_ms: Date.UTC(2026, 10, 20, 9, 5), expires_at_ms: null }];
    expect(formatTable(rows, ['kid', 'scopes', 'created_at_ms', 'expires_at_ms'])).toBe(
      'kid  scopes  created at        expires at\na    x,y     2026-11-20 09:05  -',
    );
  });
});

describe('text in SQL', () => {
  it('is quoted, and refused with control characters', () => {
    expect(sqlText(`it's`)).toBe(`'it''s'`);
    for (const text of ['a\nb', 'a\u0000b']) expect(() => sqlText(text)).toThrow(TypeError);
  });
});

function steamer(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const location = args.includes('--persist-to') ? [] : ['--persist-to', persistTo];
  return new Promise((resolve) => {
    execFile(process.execPath, ['src/cli/steamer.ts', ...args, ...location], (error, stdout, stderr) => {
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}
