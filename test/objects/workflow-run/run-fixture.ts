/** Runs of an app of a test's own, in the Worker under test. */
import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { workflowRunName, workflowRunStub } from '../../../src/objects/stubs.ts';
import type { AppScope } from '../../../src/runs/run-address.ts';
import type { WorldStorage } from '../../../src/world/sdk-world.ts';
import { createStorage } from '../../../src/world/storage.ts';

let migrated: Promise<void> | null = null;

/** The tables of the index, and of runs that are kept in D1. */
export async function migrateWorkflows(): Promise<void> {
  migrated ??= applyD1Migrations(env.WORKFLOW_DB, env.WORKFLOW_MIGRATIONS);
  await migrated;
}

/** The namespaces of the two ways: an object delivers by itself, or when queues say so. */
export type Runs = 'WORKFLOW_RUN' | 'QUEUED_RUN';

export async function openStorage(scope: AppScope = newScope(), runs: Runs = 'WORKFLOW_RUN'): Promise<WorldStorage> {
  await migrateWorkflows();
  return createStorage({
    scope: () => scope,
    index: () => env.WORKFLOW_DB,
    run: (runId) => workflowRunStub(env[runs], { ...scope, runId }),
  });
}

export function newScope(): AppScope {
  return { tenant: `t-${crypto.randomUUID()}`, app: 'shop' };
}

export const nativeStub = (scope: AppScope, runId: string, runs: Runs = 'WORKFLOW_RUN') =>
  env[runs].getByName(workflowRunName({ ...scope, runId }));
