/** Runs of an app of a test's own, in the Worker under test. */
import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { workflowRunName, workflowRunStub } from '../../../src/objects/stubs.ts';
import type { AppScope } from '../../../src/runs/run-address.ts';
import { createStorage, type WorldStorage } from '../../../src/world/storage.ts';

let migrated: Promise<void> | null = null;

export async function openStorage(scope: AppScope = newScope()): Promise<WorldStorage> {
  migrated ??= applyD1Migrations(env.WORKFLOW_DB, env.WORKFLOW_MIGRATIONS);
  await migrated;
  return createStorage({
    scope: () => scope,
    index: () => env.WORKFLOW_DB,
    run: (runId) => workflowRunStub(env.WORKFLOW_RUN, { ...scope, runId }),
  });
}

export function newScope(): AppScope {
  return { tenant: `t-${crypto.randomUUID()}`, app: 'shop' };
}

export const nativeStub = (scope: AppScope, runId: string) => env.WORKFLOW_RUN.getByName(workflowRunName({ ...scope, runId }));
