import { defineConfig } from 'drizzle-kit';

/** `npx drizzle-kit generate --config drizzle.workflows.config.ts --name what-changes` writes the next migration of the workflows' index (binding `WORKFLOW_DB`). */
export default defineConfig({
  dialect: 'sqlite',
  schema: './src/runs/index-schema.ts',
  out: './migrations/workflows',
});
