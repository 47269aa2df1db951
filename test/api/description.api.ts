import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, pause, startedUp, stopped, type Start } from '../dev/start/started.ts';

/** Prism, which passes requests on and says where one or its answer is not as the description has it. */
const PRISM = fileURLToPath(new URL('node_modules/@stoplight/prism-cli/dist/index.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'steamer-api-'));
let service: Start;
let prism: ChildProcess;
let url: string;
let keys: Record<'demo' | 'operator', string>;

beforeAll(async () => {
  const [port, dataDir] = [await freePort(), join(folder, 'data')];
  service = await startedUp({ port, dataDir });
  const keyOf = (name: string) => readFileSync(join(dataDir, `${name}-key`), 'utf8').trim();
  keys = { demo: keyOf('demo'), operator: keyOf('operator') };
  const origin = `http://127.0.0.1:${port}`;
  const description = await fetch(`${origin}/v1/demo/openapi.json`, { headers: { authorization: `Bearer ${keys.demo}` } });
  const file = join(folder, 'openapi.json');
  writeFileSync(file, await description.text());
  const proxyPort = await freePort();
  url = `http://127.0.0.1:${proxyPort}`;
  prism = spawn(process.execPath, [PRISM, 'proxy', file, origin, '--port', String(proxyPort)], { stdio: 'ignore' });
  while (
    !(await fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await pause();
});
afterAll(async () => {
  prism?.kill();
  await stopped(service, 'SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

const system = { systemId: 'prism', name: 'Prism', kind: 'proxy' };
const result = { benchmarkId: 'held-to-it', systemId: 'prism', value: 1.5, machine: 'm', measuredAt: '2026-01-01T00:00:00.000Z' };

type Call = [method: string, path: string, status: number, body?: unknown, headers?: Record<string, string>];

/** In order: later calls are about what earlier ones have made. */
const CALLS: Call[] = [
  ['GET', '/', 200],
  ['GET', '/openapi.json', 200],
  ['GET', '/.well-known/jwks.json', 200],
  ['GET', '/v1/demo/models', 200],
  ['GET', '/v1/demo/models/systems/schema', 200],
  ['POST', '/v1/demo/systems', 201, system, { 'idempotency-key': 'a' }],
  ['POST', '/v1/demo/systems', 409, system],
  ['GET', '/v1/demo/systems/prism', 200],
  ['GET', '/v1/demo/systems/nothing', 404],
  ['PUT', '/v1/demo/systems/prism', 200, { ...system, version: '5' }],
  ['PATCH', '/v1/demo/systems/prism', 200, { licence: 'Apache-2.0' }],
  ['PUT', '/v1/demo/results/held-to-it/prism', 201, result],
  ['PATCH', '/v1/demo/results/held-to-it/prism', 200, { value: { $add: 1 } }],
  ['GET', '/v1/demo/results/held-to-it/prism/system', 200],
  ['GET', '/v1/demo/systems?index=allSystems&limit=2', 200],
  ['GET', '/v1/demo/systems/prism/results?limit=2', 200],
  ['GET', '/v1/demo/systems/search?q=prism', 200],
  ['GET', '/v1/demo/systems/export?limit=2', 200],
  ['POST', '/v1/demo/systems/batch-get', 200, { ids: ['prism', 'none'] }],
  ['POST', '/v1/demo/systems/batch-write', 200, { put: [{ ...system, systemId: 'other' }], delete: ['none'] }],
  ['POST', '/v1/demo/transact-get', 200, { items: [{ model: 'systems', id: 'prism' }] }],
  ['POST', '/v1/demo/transact', 200, { actions: [{ action: 'delete', model: 'systems', id: 'other' }] }],
  ['DELETE', '/v1/demo/results/held-to-it/prism', 204],
  ['DELETE', '/v1/demo/systems/prism', 204],
  ['PUT', '/v1/demo/streams/news', 201, 'first', { 'content-type': 'text/plain' }],
  ['POST', '/v1/demo/streams/news', 204, 'second', { 'content-type': 'text/plain' }],
  ['GET', '/v1/demo/streams/news?offset=-1', 200],
  ['GET', '/v1/demo/streams', 200],
  ['DELETE', '/v1/demo/streams/news', 204],
  ['POST', '/v1/demo/files', 201, { name: 'a.txt', size: 1, type: 'text/plain' }],
  ['GET', '/v1/demo/files', 200],
  ['GET', '/v1/demo/limits', 200],
  ['GET', '/v1/demo/metrics', 200],
  ['GET', '/v1/demo/store/stats', 200],
  ['GET', '/v1/demo/members', 403],
  ['POST', '/v1/auth/login', 401, { email: 'nobody@example.com', password: 'not the password' }],
  ['POST', '/v1/auth/register', 202, { email: 'new@example.com', password: 'a password of some length', fullName: 'New' }],
  ['GET', '/v1/operator/tenants', 200],
  ['GET', '/v1/operator/limits', 200],
];

describe('the service answers as its description says', () => {
  it.each(CALLS)('%s %s: %i', async (method, path, status, body, headers) => {
    const key = path.startsWith('/v1/operator') ? keys.operator : keys.demo;
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(path.startsWith('/v1/auth') ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const violations = response.headers.get('sl-violations');
    expect([response.status, violations, await response.text()]).toEqual([status, null, expect.anything()]);
  });

  it('and a request that the description does not know is seen by Prism', async () => {
    const response = await fetch(`${url}/v1/demo/systems?order=upwards`, { headers: { authorization: `Bearer ${keys.demo}` } });
    expect([response.status, response.headers.get('sl-violations')]).toEqual([400, expect.stringContaining('order')]);
  });
});
