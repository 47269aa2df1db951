import type { D1Migration } from '@cloudflare/vitest-plugin';

declare global {
  namespace Cloudflare {
    interface Env {
      /** the accounts database's migrations, for tests to apply */
      MIGRATIONS: D1Migration[];
    }
  }
}
