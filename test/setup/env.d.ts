import type { D1Migration } from '@cloudflare/vitest-plugin';
import type { HandedMessage } from '../../src/runs/handed-message.ts';
import type { QueuedRun, WorkflowRun } from '../worker/workflows.ts';

declare global {
  namespace Cloudflare {
    interface Env {
      /** the accounts database's migrations, for tests to apply */
      MIGRATIONS: D1Migration[];
      /** of the Worker with workflows (test/worker/workflows.ts), and of no other */
      WORKFLOW_RUN: DurableObjectNamespace<WorkflowRun>;
      QUEUED_RUN: DurableObjectNamespace<QueuedRun>;
      WORKFLOW_QUEUE: Queue<HandedMessage>;
      STEP_QUEUE: Queue<HandedMessage>;
      DEAD_LETTERS: Queue<HandedMessage>;
      WORKFLOW_DB: D1Database;
      WORKFLOW_PAYLOADS: R2Bucket;
      WORKFLOW_MIGRATIONS: D1Migration[];
    }
  }
}
