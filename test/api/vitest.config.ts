import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The tests that hold the running service to its description: `npm run test:api`. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    name: 'api',
    include: ['test/api/*.api.ts'],
    environment: 'node',
    globalSetup: ['./test/api/install.ts'],
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
});
