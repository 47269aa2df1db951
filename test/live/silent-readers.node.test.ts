import { build } from 'esbuild';
import { mkdtemp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serviceCompatibilityDate } from '../../dev/workerd/worker-config.ts';
import { Workerd } from '../../dev/workerd/workerd.ts';

/** The runtime takes an object out of memory that has been idle for ten seconds. */
const IDLE_MS = 16_000;
const FREED_WITHIN_MS = 30_000;

let server: Workerd;
beforeAll(async () => {
  const { default: binary }: { default: string } = createRequire(import.meta.url)('workerd');
  const { outputFiles } = await build({
    entryPoints: ['test/live/stream-worker.ts'],
    bundle: true,
    format: 'esm',
    target: 'esnext',
    external: ['cloudflare:*', 'node:*'],
    write: false,
    logLevel: 'error',
  });
  server = await Workerd.start({
    binary,
    folder: await mkdtemp(join(tmpdir(), 'silent-readers-')),
    isTemporary: true,
    code: outputFiles[0]?.text ?? '',
    config: {
      compatibilityDate: serviceCompatibilityDate(),
      vars: {},
      objects: { STREAM_HUB: 'StreamHub', STREAM_DIRECTORY: 'StreamDirectory', STREAM_RELAY: 'StreamRelay' },
    },
  });
});
afterAll(() => server.kill());

const ask = async (path: string, body?: string) =>
  (await fetch(`http://127.0.0.1:${server.port}${path}`, body === undefined ? {} : { method: 'POST', body })).json();

test('a silent reader of events keeps no object awake, hears of the next message, and has its socket freed when it leaves', async () => {
  expect(await ask('/created')).toMatchObject({ kind: 'created' });
  const leaving = new AbortController();
  const { body } = await fetch(`http://127.0.0.1:${server.port}/events`, { signal: leaving.signal });
  if (!body) throw new Error('no events');
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toContain('upToDate');
  expect(await ask('/built')).toBe(1);

  await sleep(IDLE_MS);
  await ask('/appended', 'awake');
  let heard = '';
  while (!heard.includes('awake')) heard += (await reader.read()).value;
  expect(await ask('/built')).toBe(2);

  expect(await ask('/sockets')).toBe(1);
  leaving.abort();
  const leftAtMs = Date.now();
  while ((await ask('/sockets')) !== 0) {
    expect(Date.now() - leftAtMs).toBeLessThan(FREED_WITHIN_MS);
    await sleep(500);
  }
});
