import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const MAX_GZIP_BYTES = 3_000;

test('the client is at most 3 kB, and depends on nothing', async () => {
  const { outputFiles } = await build({
    entryPoints: ['src/client/index.ts'],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'esnext',
    write: false,
    logLevel: 'error',
  });
  const code = outputFiles[0]?.text ?? '';
  expect(code).not.toMatch(/\bimport\b/);
  expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(MAX_GZIP_BYTES);
});
