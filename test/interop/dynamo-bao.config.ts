import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The tests of test/bao/weaknesses on dynamo-bao, which is put in the place of src/bao. `weaknesses.interop.ts` runs it. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: { alias: [{ find: /^.*\/src\/bao\/index\.ts$/, replacement: fileURLToPath(new URL('dynamo-bao.ts', import.meta.url)) }] },
  test: {
    name: 'dynamo-bao',
    include: ['test/bao/weaknesses/*.node.test.ts'],
    environment: 'node',
    globalSetup: ['./test/setup/local-dynamodb.ts'],
    setupFiles: ['./test/interop/prepare-file.ts'],
  },
});
