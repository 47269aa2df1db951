import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { workerUnderTest } from 'steamer/testing/setup';
import { defineConfig } from 'vitest/config';

/** The tests run in workerd, with every binding of wrangler.toml; DynamoDB is a local one, which the setup starts. */
export default defineConfig({
  plugins: [cloudflareTest(workerUnderTest())],
  test: { include: ['test/**/*.test.ts'], globalSetup: ['steamer/testing/setup'], testTimeout: 30_000, hookTimeout: 60_000 },
});
