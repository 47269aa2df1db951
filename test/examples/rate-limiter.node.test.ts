import { build } from 'esbuild';
import { mkdtemp, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serviceCompatibilityDate } from '../../dev/workerd/worker-config.ts';
import { Workerd } from '../../dev/workerd/workerd.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const EXAMPLE = `${ROOT}examples/rate-limiter/worker.ts`;

/** A module and all it imports, as a Worker is deployed; the package is taken from its sources. */
async function bundled(options: { entryPoints: string[] } | { stdin: { contents: string; resolveDir: string } }): Promise<string> {
  const { outputFiles } = await build({
    ...options,
    alias: { 'steamer/objects': `${ROOT}src/objects/index.ts` },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'esnext',
    external: ['cloudflare:*', 'node:*'],
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

let server: Workerd;
beforeAll(async () => {
  const { default: binary }: { default: string } = createRequire(import.meta.url)('workerd');
  server = await Workerd.start({
    binary,
    folder: await mkdtemp(join(tmpdir(), 'rate-limiter-example-')),
    isTemporary: true,
    code: await bundled({ entryPoints: [EXAMPLE] }),
    config: { compatibilityDate: serviceCompatibilityDate(), vars: {}, objects: { RATE_LIMITER: 'RateLimiter' } },
  });
});
afterAll(() => server.kill());

test('the example answers an address five times, then says when to come back', async () => {
  const ask = (address: string) => fetch(`http://127.0.0.1:${server.port}/`, { headers: { 'cf-connecting-ip': address } });
  const answers = [];
  for (let turn = 0; turn < 6; turn++) answers.push(await ask('203.0.113.1'));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
  expect(Number(answers[5]?.headers.get('retry-after'))).toBeGreaterThan(50);
  expect((await ask('203.0.113.2')).status).toBe(200);
});

test('the example is twenty lines', async () => {
  expect((await readFile(EXAMPLE, 'utf8')).trimEnd().split('\n').length).toBeLessThanOrEqual(20);
});

test('the client adds at most 2 kB to a Worker, and depends on nothing', async () => {
  const contents = `export { RateLimiterClient } from '${ROOT}src/objects/rate-limiter/rate-limiter-client.ts'`;
  expect(gzipSync(await bundled({ stdin: { contents, resolveDir: ROOT } }), { level: 9 }).length).toBeLessThanOrEqual(2_000);
});

test('a Worker that has the client alone gets nothing else of the package', async () => {
  const contents = "export { RateLimiterClient } from 'steamer/objects'";
  const code = await bundled({ stdin: { contents, resolveDir: ROOT } });
  expect(code.replaceAll(/import"cloudflare:workers";?/g, '').length).toBeLessThan(4_500);
});
