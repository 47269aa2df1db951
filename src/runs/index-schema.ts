/** The tables of the Workflow World's index (D1, binding `WORKFLOW_DB`). A change here becomes a migration by `drizzle.workflows.config.ts`. */
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Every run as it was when its object last wrote it here. */
export const workflowRuns = sqliteTable(
  'workflow_runs',
  {
    tenant: text('tenant').notNull(),
    app: text('app').notNull(),
    runId: text('run_id').notNull(),
    workflowName: text('workflow_name').notNull(),
    status: text('status', { enum: ['pending', 'running', 'completed', 'failed', 'cancelled'] }).notNull(),
    deploymentId: text('deployment_id').notNull(),
    specVersion: integer('spec_version').notNull(),
    /** JSON of message, stack and code */
    error: text('error'),
    createdAtMs: integer('created_at_ms').notNull(),
    updatedAtMs: integer('updated_at_ms').notNull(),
    startedAtMs: integer('started_at_ms'),
    completedAtMs: integer('completed_at_ms'),
    /** the number of events that the run had: what has more of them is newer */
    version: integer('version').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenant, table.app, table.runId] }),
    index('workflow_runs_by_name').on(table.tenant, table.app, table.workflowName, table.runId),
    index('workflow_runs_by_status').on(table.tenant, table.app, table.status, table.runId),
  ],
);

/** Whose a token is. A row is written before the hook's first event, and may outlive the hook: its run has the last word. */
export const workflowHooks = sqliteTable(
  'workflow_hooks',
  {
    tenant: text('tenant').notNull(),
    app: text('app').notNull(),
    token: text('token').notNull(),
    runId: text('run_id').notNull(),
    hookId: text('hook_id').notNull(),
    /** another one with every claim, of the same hook too */
    claimId: text('claim_id').notNull(),
    isWebhook: integer('is_webhook', { mode: 'boolean' }).notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenant, table.app, table.token] }),
    index('workflow_hooks_by_id').on(table.tenant, table.app, table.hookId),
    index('workflow_hooks_by_token').on(table.token),
  ],
);

/** Messages that queues of workflows have given up, and that no run could be told of. */
export const workflowDeadLetters = sqliteTable('workflow_dead_letters', {
  /** a ULID: they are listed in its order */
  id: text('id').primaryKey(),
  queue: text('queue').notNull(),
  /** JSON, in which what JSON has not is tagged */
  body: text('body').notNull(),
  failure: text('failure').notNull(),
  /** how often it was tried */
  attempts: integer('attempts').notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
});

/** Where the deployments of apps that run elsewhere are called back. */
export const workflowDeployments = sqliteTable(
  'workflow_deployments',
  {
    tenant: text('tenant').notNull(),
    app: text('app').notNull(),
    deploymentId: text('deployment_id').notNull(),
    callbackUrl: text('callback_url').notNull(),
    registeredAtMs: integer('registered_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.app, table.deploymentId] })],
);
