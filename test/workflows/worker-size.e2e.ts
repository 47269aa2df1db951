/** What a Worker weighs that has everything: all parts of the service, and workflows with the SDK. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { buildApp } from './run-app.ts';

const APP = fileURLToPath(new URL('app', import.meta.url));
const MAX_GZIP_BYTES = 388_000;

it(`a Worker with workflows has at most ${MAX_GZIP_BYTES} bytes, as it is deployed`, async () => {
  await buildApp();
  const folder = await mkdtemp(join(tmpdir(), 'steamer-size-'));
  const args = ['deploy', 'whole-worker.ts', '--dry-run', '--minify', '--outdir', folder];
  await promisify(execFile)('wrangler', args, { cwd: APP, env: { ...process.env, WRANGLER_SEND_METRICS: 'false' } });
  const gzipBytes = gzipSync(await readFile(join(folder, 'whole-worker.js')), { level: 9 }).length;
  await rm(folder, { recursive: true });
  console.log(`a Worker with workflows: ${(gzipBytes / 1000).toFixed(1)} kB of gzip`);
  expect(gzipBytes).toBeLessThanOrEqual(MAX_GZIP_BYTES);
});
