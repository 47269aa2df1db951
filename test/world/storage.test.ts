import { env } from 'cloudflare:workers';
import { D1Run } from '../../src/world/d1/d1-run.ts';
import { createStorage } from '../../src/world/storage.ts';
import { describeWorkflowStorage } from '../contract/workflow-storage.ts';
import { migrateWorkflows, newScope, openStorage } from '../objects/workflow-run/run-fixture.ts';

describeWorkflowStorage('An object per run', () => openStorage());

describeWorkflowStorage('D1', async () => {
  await migrateWorkflows();
  const scope = newScope();
  const options = {
    db: env.WORKFLOW_DB,
    queues: { flow: env.WORKFLOW_QUEUE, step: env.STEP_QUEUE },
    bucket: env.WORKFLOW_PAYLOADS,
    retentionMs: 1_000,
  };
  return createStorage({ scope: () => scope, index: () => env.WORKFLOW_DB, run: (runId) => new D1Run({ ...scope, runId }, options) });
});
