import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The tests that run the Workflow SDK inside a Worker: `npm run test:workflows`. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    name: 'workflows-sdk',
    include: ['test/workflows/*.e2e.ts'],
    environment: 'node',
    // Both write the application's modules.
    fileParallelism: false,
    globalSetup: ['./test/workflows/install.ts'],
    // What ends too late is a hang, not a slow machine.
    testTimeout: 320_000,
    hookTimeout: 120_000,
  },
});
