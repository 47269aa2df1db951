import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

/** The tests run in workerd, with every binding of wrangler.toml; DynamoDB is a local one, which test/setup.ts starts. */
export default defineConfig({
  plugins: [
    cloudflareTest(({ inject }) => ({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        bindings: {
          DYNAMODB_ENDPOINT: inject('dynamodbEndpoint'),
          AWS_ACCESS_KEY_ID: 'local',
          AWS_SECRET_ACCESS_KEY: 'local',
          SIGNING_KEYS: `test:${btoa('the-signing-key-of-the-tests-0001')}`,
        },
      },
    })),
  ],
  test: { include: ['test/**/*.test.ts'], globalSetup: ['./test/setup.ts'], testTimeout: 30_000, hookTimeout: 60_000 },
});
