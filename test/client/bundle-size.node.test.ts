import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

test.each([
  ['streams', '{ StreamClient }', 3_000],
  ['everything', '*', 8_000],
])('a client of %s depends on nothing, and is small', async (_, names, mostBytes) => {
  const { outputFiles } = await build({
    stdin: { contents: `export ${names} from './src/client/index.ts';`, resolveDir: '.' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'esnext',
    write: false,
    logLevel: 'error',
  });
  const code = outputFiles[0]?.text ?? '';
  expect(code).not.toMatch(/\bimport\b/);
  expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(mostBytes);
});
