/**
 * The tables of the Workflow World in D1 (binding `WORKFLOW_DB`): the index of runs that are kept in objects, and all there is of runs that are kept in D1.
 * A change here becomes a migration by `drizzle.workflows.config.ts`.
 */
import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

/** Whose a row is. */
const address = { tenant: text('tenant').notNull(), app: text('app').notNull(), runId: text('run_id').notNull() };

/** Every run: as it was when its object last wrote it here, or as it is. */
export const workflowRuns = sqliteTable(
  'workflow_runs',
  {
    ...address,
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
    /** of a run that an object keeps the number of events that it had, of one that is kept here how often it has changed: what has more is newer */
    version: integer('version').notNull(),
    /** JSON; as the next one of runs that are kept here */
    executionContext: text('execution_context'),
    /** the time of the newest event from outside */
    externalAtMs: integer('external_at_ms').notNull().default(0),
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
    index('workflow_hooks_by_run').on(table.tenant, table.app, table.runId),
  ],
);

/** The logs of runs that are kept here. */
export const workflowEvents = sqliteTable(
  'workflow_events',
  {
    ...address,
    /** from 1, without gaps */
    seq: integer('seq').notNull(),
    /** never before that of the event before */
    atMs: integer('at_ms').notNull(),
    type: text('type').notNull(),
    /** "": of the run itself */
    correlationId: text('correlation_id').notNull(),
    /** JSON of what is said beside the payload */
    data: text('data'),
    /** bytes, JSON of anything else, or of bytes that are in R2 their SHA-256 */
    payload: blob('payload'),
    /** how many bytes are in R2 */
    spilledBytes: integer('spilled_bytes'),
    specVersion: integer('spec_version').notNull(),
    occurredAtMs: integer('occurred_at_ms'),
    /** the writer's name of the call that has written it */
    callId: text('call_id'),
  },
  (table) => [
    primaryKey({ columns: [table.tenant, table.app, table.runId, table.seq] }),
    index('workflow_events_of_part').on(table.tenant, table.app, table.runId, table.correlationId, table.type),
  ],
);

/** The steps of runs that are kept here. */
export const workflowSteps = sqliteTable(
  'workflow_steps',
  {
    ...address,
    stepId: text('step_id').notNull(),
    /** the number of the event that has created it */
    rank: integer('rank').notNull(),
    stepName: text('step_name').notNull(),
    status: text('status', { enum: ['pending', 'running', 'completed', 'failed', 'cancelled'] }).notNull(),
    attempt: integer('attempt').notNull(),
    error: text('error'),
    createdAtMs: integer('created_at_ms').notNull(),
    updatedAtMs: integer('updated_at_ms').notNull(),
    startedAtMs: integer('started_at_ms'),
    completedAtMs: integer('completed_at_ms'),
    retryAfterMs: integer('retry_after_ms'),
    specVersion: integer('spec_version').notNull(),
    /** how often it has changed */
    version: integer('version').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenant, table.app, table.runId, table.stepId] }),
    index('workflow_steps_by_rank').on(table.tenant, table.app, table.runId, table.rank),
  ],
);

/** Messages of runs that are kept here: a queue brings their ids. */
export const workflowMessages = sqliteTable(
  'workflow_messages',
  {
    ...address,
    /** a ULID behind a prefix: they are listed in its order */
    id: text('id').notNull(),
    /** while a message of this key waits, there is no other */
    key: text('key'),
    kind: text('kind', { enum: ['flow', 'step'] }).notNull(),
    isWakeUp: integer('is_wake_up', { mode: 'boolean' }).notNull(),
    queue: text('queue').notNull(),
    /** JSON, in which what JSON has not is tagged */
    body: text('body').notNull(),
    dueAtMs: integer('due_at_ms').notNull(),
    attempt: integer('attempt').notNull(),
    /** whoever delivers it has it until then; 0: nobody has */
    claimedUntilMs: integer('claimed_until_ms').notNull(),
    /** whether a queue has been told of it */
    isSent: integer('is_sent', { mode: 'boolean' }).notNull(),
    /** why it was given up */
    failure: text('failure'),
  },
  (table) => [
    primaryKey({ columns: [table.tenant, table.app, table.runId, table.id] }),
    uniqueIndex('workflow_messages_by_key').on(table.tenant, table.app, table.runId, table.key),
  ],
);

/** The streams of runs that are kept here, in the order of their rows. */
export const workflowStreams = sqliteTable('workflow_streams', { ...address, name: text('name').notNull() }, (table) => [
  primaryKey({ columns: [table.tenant, table.app, table.runId, table.name] }),
]);

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
