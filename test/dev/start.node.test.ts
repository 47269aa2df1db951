import { Validator } from '@seriousme/openapi-schema-validator';
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StreamClient } from '../../src/client/index.ts';
import { curlLines, freePort, pause, shell, start, startedUp, stopped, type Start } from './start/started.ts';

const STARTED_WITHIN_MS = 120_000;
const folder = mkdtempSync(join(tmpdir(), 'steamer-start-'));
const dataDir = join(folder, 'data');
const hasCurl = spawnSync('curl', ['--version']).status === 0;
let port: number;
let running: Start;

beforeAll(async () => {
  port = await freePort();
  running = await startedUp({ port, dataDir });
}, STARTED_WITHIN_MS);
afterAll(async () => {
  await stopped(running, 'SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

describe('npm start', { timeout: STARTED_WITHIN_MS }, () => {
  it('shows a line for each step, the address and a key', () => {
    const steps = [...running.output().matchAll(/^ {2}✓ (.+?) {2,}\d+\.\d s/gm)].map((match) => match[1]);
    expect(steps.join(', ')).toBe(
      'models, console, secrets, DynamoDB, table, databases, demo tenant and keys, demo user, Worker, leaderboard data',
    );
    expect(running.output()).toContain(`Steamer runs at http://127.0.0.1:${port}`);
    expect(running.output()).not.toMatch(/telemetry|update available|wrangler \d/i);
  });

  it('keeps the keys where only the user can read them', () => {
    for (const name of ['demo-key', 'operator-key']) {
      expect(readFileSync(join(dataDir, name), 'utf8')).toMatch(/^stm_live_/);
      expect(statSync(join(dataDir, name)).mode & 0o777).toBe(0o600);
    }
  });

  it('shows no secret in the list of processes, and hands them over all the same', async () => {
    const { ACCESS_TOKEN_KEYS = '', SIGNING_KEYS = '' } = parseEnv(readFileSync('.dev.vars', 'utf8'));
    const processes = await shell('ps -eo args');
    expect(processes).toContain('PUBLIC_URL:http://localhost');
    for (const secret of [ACCESS_TOKEN_KEYS, SIGNING_KEYS]) expect(processes).not.toContain(secret.split(':')[1]);
    const published = await (await fetch(`http://127.0.0.1:${port}/.well-known/jwks.json`)).json();
    expect(published).toMatchObject({ keys: [{ kid: ACCESS_TOKEN_KEYS.split(':')[0] }] });
  });

  it.skipIf(!hasCurl && !process.env['CI'])('prints curl commands that work when pasted', async () => {
    const commands = curlLines(running);
    expect(commands.length).toBeGreaterThanOrEqual(3);
    for (const command of commands) {
      const answer = await shell(command);
      expect(answer, command).toMatch(/^HTTP\/1\.1 200 /);
      expect(answer, command).toMatch(command.includes('/v1/auth/login') ? /^set-cookie: __Host-sid=/im : /^server-timing: /im);
    }
  });

  it('has loaded the whole leaderboard', async () => {
    for (const [path, count] of [
      ['systems?index=allSystems', 31],
      ['benchmarks?index=allBenchmarks', 18],
    ] as const) {
      expect(await countOf(`${path}&limit=100`), path).toBe(count);
    }
  });

  it.each(['/openapi.json', '/v1/demo/openapi.json'])('describes its API at %s as OpenAPI 3.1 demands', async (path) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${demoKey()}` } });
    const validator = new Validator();
    expect(await validator.validate((await answer.json()) as Record<string, unknown>)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('is there for the example of a program, which leaves a file', async () => {
    const script = join(folder, 'script.mjs');
    const alias = { 'steamer/client': resolve('src/client/index.ts') };
    await build({ entryPoints: ['examples/client/script.ts'], alias, bundle: true, platform: 'node', format: 'esm', outfile: script });
    const url = `http://127.0.0.1:${port}/v1/demo`;
    const said = await shell(`STEAMER_URL=${url} STEAMER_KEY=${demoKey()} ${process.execPath} ${script}`);
    const [, path] = /^18 leaders: .*\/v1\/demo\/(files\/\w+)$/m.exec(said) ?? [];
    expect(path, said).toBeDefined();
    expect((await (await call('GET', `${path}`)).text()).split('\n')).toHaveLength(19);
  });

  it('started twice, says that the port is taken, and that the folder is', async () => {
    const samePort = start({ port, dataDir });
    expect(await samePort.exitCode).toBe(1);
    expect(samePort.output()).toContain(`port ${port} is taken by Steamer itself`);
    const otherPort = start({ port: await freePort(), dataDir });
    expect(await otherPort.exitCode).toBe(1);
    expect(otherPort.output()).toContain(`is in use by another npm start (process ${running.process.pid})`);
  });

  it('stops everything on SIGTERM, finds data and key again when started anew, and is found by who follows a stream', async () => {
    const streams = new StreamClient({ url: `http://127.0.0.1:${port}/v1/demo`, headers: { authorization: `Bearer ${demoKey()}` } });
    await streams.create('news');
    const producer = streams.producer('news');
    await producer.append('before');
    const events = streams.follow<string>('news');
    expect((await events.next()).value).toMatchObject({ value: 'before' });
    expect((await call('PATCH', 'systems/dynoxide', { name: 'changed by a test' })).status).toBe(200);
    expect((await call('DELETE', 'systems/electrodb')).status).toBe(204);
    const key = demoKey();
    expect(await stopped(running, 'SIGTERM')).toBe(0);
    expect(await processesOf(dataDir)).toEqual([]);

    running = await startedUp({ port, dataDir });
    expect(demoKey()).toBe(key);
    expect(await (await call('GET', 'systems/dynoxide')).json()).toMatchObject({ name: 'changed by a test' });
    expect((await call('GET', 'systems/electrodb')).status).toBe(404);
    await producer.append('after');
    expect((await events.next()).value).toMatchObject({ value: 'after' });
    await events.return();
  });

  it('starts over with --fresh, after a start that was killed outright', async () => {
    const key = demoKey();
    await stopped(running, 'SIGKILL');
    while (await answers()) await pause();
    running = await startedUp({ port, dataDir }, '--fresh');
    expect(demoKey()).not.toBe(key);
    expect(await (await call('GET', 'systems/dynoxide')).json()).toMatchObject({ name: 'dynoxide' });
    expect(await stopped(running, 'SIGINT')).toBe(0);
    expect(await processesOf(dataDir)).toEqual([]);
  });
});

async function answers(): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/healthz`).then(
    () => true,
    () => false,
  );
}

function demoKey(): string {
  return readFileSync(join(dataDir, 'demo-key'), 'utf8').trim();
}

function call(method: string, path: string, body?: object): Promise<Response> {
  const headers = { authorization: `Bearer ${demoKey()}`, 'content-type': 'application/json' };
  return fetch(`http://127.0.0.1:${port}/v1/demo/${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function countOf(path: string): Promise<number> {
  const list: { items?: unknown[] } = JSON.parse(await (await call('GET', path)).text());
  return list.items?.length ?? 0;
}

/** The command lines that name the folder: wrangler, the runtime, the local DynamoDB. */
async function processesOf(path: string): Promise<string[]> {
  return (await shell('ps -eo args=')).split('\n').filter((line) => line.includes(path) && !line.includes('ps -eo'));
}
