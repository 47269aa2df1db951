import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The tests that run Steamer's model layer beside dynamo-bao from npm: `npm run test:interop`. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    name: 'interop',
    include: ['test/interop/*.interop.ts'],
    environment: 'node',
    globalSetup: ['./test/interop/install.ts', './test/setup/local-dynamodb.ts'],
    setupFiles: ['./test/interop/prepare-file.ts'],
  },
});
