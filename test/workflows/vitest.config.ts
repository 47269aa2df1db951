import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The tests that run the Workflow SDK inside a Worker: `npm run test:workflows`. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    name: 'workflows-sdk',
    include: ['test/workflows/*.e2e.ts'],
    environment: 'node',
    globalSetup: ['./test/workflows/install.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
