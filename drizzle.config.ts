import { defineConfig } from 'drizzle-kit';

/** `npx drizzle-kit generate --name what-changes` writes the next migration; wrangler applies it (`wrangler d1 migrations apply DB`). */
export default defineConfig({
  dialect: 'sqlite',
  schema: './src/accounts/schema.ts',
  out: './migrations/accounts',
});
