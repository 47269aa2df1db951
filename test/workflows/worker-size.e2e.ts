/** What a Worker weighs that has everything: all parts of the service, and workflows with the SDK. */
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { bundleAppWorker } from './run-app.ts';

const MAX_GZIP_BYTES = 388_000;

it(`a Worker with workflows has at most ${MAX_GZIP_BYTES} bytes, as it is deployed`, async () => {
  const gzipBytes = gzipSync(await bundleAppWorker('whole-worker', '--minify'), { level: 9 }).length;
  console.log(`a Worker with workflows: ${(gzipBytes / 1000).toFixed(1)} kB of gzip`);
  expect(gzipBytes).toBeLessThanOrEqual(MAX_GZIP_BYTES);
});
